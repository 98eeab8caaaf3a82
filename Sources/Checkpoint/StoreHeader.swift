import Kernels
import Memory

/// The first page of a packed store: where its parts lie, and their checksums (docs/minke-format.md).
public struct StoreHeader: Sendable, Equatable {
    /// Every part of a store begins at a multiple of this and is filled up with zeros to the next one.
    public static let pageByteCount = 4096
    /// What the file begins with. The line ends tell a transfer as text.
    public static let magic: [UInt8] = Array("MINKE\r\n\u{1A}".utf8)
    /// The only version so far.
    public static let version: UInt32 = 1

    /// Bytes of the whole file.
    public var fileByteCount: Int
    /// Bytes of the manifest, which follows the header.
    public var manifestByteCount: Int
    /// CRC32C of the manifest and the zeros after it.
    public var manifestChecksum: UInt32
    /// Number of checksums in the table, which follows the manifest.
    public var checksumCount: Int
    /// CRC32C of the table and the zeros after it.
    public var tableChecksum: UInt32

    /// Where the manifest lies.
    public static let manifestOffset = pageByteCount

    /// Longest file: sums of a few of them can be counted.
    public static let maximumFileByteCount = 1 << 56
    /// Longest manifest: four times that of the largest models. Parsed, it takes about sixteen times as much memory.
    public static let maximumManifestByteCount = 1 << 20
    /// Most checksums: ten times those of the largest models.
    public static let maximumChecksumCount = 1 << 20

    /// A header of these parts.
    public init(
        fileByteCount: Int, manifestByteCount: Int, manifestChecksum: UInt32, checksumCount: Int, tableChecksum: UInt32
    ) {
        self.fileByteCount = fileByteCount
        self.manifestByteCount = manifestByteCount
        self.manifestChecksum = manifestChecksum
        self.checksumCount = checksumCount
        self.tableChecksum = tableChecksum
    }

    /// `byteCount` with the zeros up to the next page.
    public static func padded(_ byteCount: Int) -> Int {
        (byteCount + pageByteCount - 1) / pageByteCount * pageByteCount
    }

    /// Where the table of checksums lies.
    public var tableOffset: Int { Self.manifestOffset + Self.padded(manifestByteCount) }
    /// Where everything else begins.
    public var dataOffset: Int { tableOffset + Self.padded(4 * checksumCount) }

    /// The page as it is written.
    public var bytes: [UInt8] {
        let lengths = [fileByteCount, manifestByteCount, checksumCount]
        return SealedPage.bytes(
            Self.magic + Self.version.littleEndianBytes + manifestChecksum.littleEndianBytes
                + lengths.flatMap(\.littleEndianBytes) + tableChecksum.littleEndianBytes)
    }

    /// Reads and checks the header of `file`.
    init(_ file: InputFile) throws(CheckpointError) {
        var cursor = HeaderCursor(file)
        let page = try cursor.bytes(Self.pageByteCount, field: "header")
        cursor = HeaderCursor(file)
        guard try cursor.bytes(8, field: "magic").elementsEqual(Self.magic) else {
            throw cursor.error(.malformed, "magic", "is not that of a packed store")
        }
        let version: UInt32 = try cursor.integer(field: "version")
        guard SealedPage.isIntact(page) else { throw cursor.error(.corrupt, "header", CheckpointError.damage) }
        guard version == Self.version else {
            throw cursor.error(.unsupported, "version", "is \(version); 1 is supported, a newer Minke may read it")
        }
        manifestChecksum = try cursor.integer(field: "manifest checksum")
        fileByteCount = try cursor.count(upTo: Self.maximumFileByteCount, field: "file length")
        guard fileByteCount == file.byteCount else {
            throw cursor.error(
                file.byteCount < fileByteCount ? .truncated : .malformed, "file length",
                "is \(fileByteCount), but the file has \(file.byteCount) bytes")
        }
        manifestByteCount = try cursor.count(upTo: Self.maximumManifestByteCount, field: "manifest length")
        checksumCount = try cursor.count(upTo: Self.maximumChecksumCount, field: "checksum count")
        tableChecksum = try cursor.integer(field: "table checksum")
        guard dataOffset <= fileByteCount else {
            throw cursor.error(.truncated, "manifest length", "leads beyond the end of the file")
        }
    }

    /// The manifest's bytes, compared with their checksum.
    func manifest(_ file: InputFile) throws(CheckpointError) -> [UInt8] {
        let bytes = try Self.section(
            file, at: Self.manifestOffset, byteCount: Self.padded(manifestByteCount), manifestChecksum, "manifest")
        return Array(bytes.prefix(manifestByteCount))
    }

    /// The checksums of everything after the table.
    func checksums(_ file: InputFile) throws(CheckpointError) -> [UInt32] {
        let bytes = try Self.section(
            file, at: tableOffset, byteCount: Self.padded(4 * checksumCount), tableChecksum, "checksums")
        return ChecksumTable.values(bytes, count: checksumCount)
    }

    private static func section(
        _ file: InputFile, at offset: Int, byteCount: Int, _ checksum: UInt32, _ field: String
    ) throws(CheckpointError) -> [UInt8] {
        let bytes = try file.bytes(at: offset, count: byteCount, field: field)
        guard CRC32C.checksum(bytes) == checksum else {
            throw CheckpointError(.corrupt, path: file.path, field: field, offset: offset, CheckpointError.damage)
        }
        return bytes
    }
}
