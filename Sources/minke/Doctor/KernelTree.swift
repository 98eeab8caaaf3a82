import Memory

/// What the kernel tells in /proc and /sys; tests have trees of their own.
struct KernelTree {
    /// What stands before /proc and /sys: nothing, but for tests.
    let root: String

    /// The text of a small file without the spaces and line ends around it; `nil` if it cannot be read.
    func text(_ path: String) -> String? {
        SmallFile.read(root + path).map { text in
            let end = text.lastIndex { !$0.isWhitespace && $0 != "\0" }
            return end.map { String(text[...$0]) } ?? ""
        }
    }

    /// The number that a file holds.
    func number(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

    /// The lines of a file, none if it cannot be read.
    func lines(_ path: String) -> [String] { (text(path) ?? "").split(separator: "\n").map { String($0) } }

    /// Paths of the entries of `folder` whose names begin with `prefix`, in order.
    func entries(_ folder: String, prefix: String) -> [String] {
        Folder.names(in: root + folder).filter { $0.hasPrefix(prefix) }.sorted { ($0.count, $0) < ($1.count, $1) }
            .map { folder + "/" + $0 }
    }

    /// What the board calls itself, if it has a device tree.
    var boardName: String? { text("/proc/device-tree/model") ?? text("/sys/firmware/devicetree/base/model") }

    /// Whether it is a Raspberry Pi, whose kernel takes its words from cmdline.txt.
    var isRaspberryPi: Bool { boardName?.hasPrefix("Raspberry Pi") ?? false }

    /// How `words` get onto the kernel's command line here.
    func adviceToBoot(with words: String) -> String {
        isRaspberryPi
            ? "add '\(words)' to the end of the one line in /boot/firmware/cmdline.txt and restart"
            : "add '\(words)' to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, or extraargs= in "
                + "/boot/armbianEnv.txt) and restart"
    }
}
