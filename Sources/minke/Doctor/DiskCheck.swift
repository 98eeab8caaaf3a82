import Checkpoint
import ExpertStore

/// How fast weights come from the disk, measured.
struct DiskCheck {
    /// A large file on the disk in question.
    let path: String

    /// Bytes that are read at a time.
    private static let blockByteCount = 4 << 20
    /// Slower ones make models that do not fit in memory a matter of patience.
    private static let usefulBytesPerSecond = 200e6

    var findings: [Finding] {
        do {
            let file = try InputFile(path: path)
            let direct = try DirectFile(file).isDirect
            let block = min(Self.blockByteCount, max(1, file.byteCount))
            return [mode(direct), speed(try DiskProbe.measure([file], blockByteCount: block), direct)]
        } catch {
            return [
                Finding(
                    .problem, "disk", "\(path) cannot be read: \(error)",
                    do: "check the file's permissions, the cable and 'dmesg'")
            ]
        }
    }

    private func mode(_ isDirect: Bool) -> Finding {
        if isDirect { return Finding(.good, "O_DIRECT", "\(path) is read past the page cache") }
        return Finding(
            .warning, "O_DIRECT", "the file system of \(path) cannot be read past the page cache: paging is slower",
            do: "keep models on ext4, xfs or btrfs without compression")
    }

    private func speed(_ bytesPerSecond: Double, _ isDirect: Bool) -> Finding {
        let text =
            "\(Int(bytesPerSecond / 1e6)) MB/s from \(path) (measured\(isDirect ? "" : ", through the page cache"))"
        guard bytesPerSecond < Self.usefulBytesPerSecond else { return Finding(.good, "disk", text) }
        return Finding(
            .warning, "disk", text + ": models that do not fit in memory will be slow",
            do: "keep models on an NVMe or USB 3 SSD")
    }
}
