import CLinux
import Glibc
import Memory

/// Where signs of memory pressure come from: a descriptor that the kernel or the service manager wakes.
///
/// In this order: what `$MEMORY_PRESSURE_WATCH` names (systemd's protocol, which also turns watching off), the pressure
/// of the own cgroup, that of the machine. Kernels of Raspberry Pi OS have the latter two off until asked on their
/// command line; `MemoryGauge` helps there.
public struct PressureSource: Sendable {
    /// How the descriptor says that there is pressure.
    private enum Signal: Sendable {
        /// A trigger of the kernel (POLLPRI).
        case trigger
        /// A pipe or socket; bytes are to be read and mean nothing.
        case stream
    }

    /// What watching begins with.
    public enum Choice: Sendable {
        /// Somebody wakes us.
        case source(PressureSource)
        /// Nobody does: look for yourself.
        case none
        /// We were told not to watch.
        case off
    }

    private let descriptor: Int32
    private let signal: Signal
    /// What is watched.
    public let name: String

    /// 150 ms of 2 s in which some task waited for memory; windows of whole 2 s are free to everybody.
    private static let standardTrigger = Array("some 150000 2000000\0".utf8)

    /// Takes the best source there is; `root` is the folder of `/proc` and `/sys`.
    public static func choose(watch: String?, write: String?, root: String = "") -> Choice {
        if let watch, !watch.isEmpty {
            if watch == "/dev/null" { return .off }
            let bytes = write.flatMap { base64($0) } ?? []
            if let source = open(watch, bytes) { return .source(source) }
        }
        for path in candidates(root) {
            if let source = open(path, standardTrigger) { return .source(source) }
        }
        return .none
    }

    private static func candidates(_ root: String) -> [String] {
        let own = (SmallFile.read(root + "/proc/self/cgroup") ?? "").split(separator: "\n")
            .first { $0.hasPrefix("0::") }?.dropFirst(3)
        let cgroup = own.map { root + "/sys/fs/cgroup" + $0 + "/memory.pressure" }
        return [cgroup, root + "/proc/pressure/memory"].compactMap { $0 }
    }

    private static func open(_ path: String, _ bytes: [UInt8]) -> PressureSource? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        let kind = status.st_mode & S_IFMT
        let descriptor =
            kind == S_IFSOCK
            ? unsafe cl_unix_connect(path) : unsafe Glibc.open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        // Kernels without the memory controller accept the file and refuse the trigger.
        if !bytes.isEmpty, unsafe Glibc.write(descriptor, bytes, bytes.count) != bytes.count {
            close(descriptor)
            return nil
        }
        return PressureSource(descriptor: descriptor, signal: kind == S_IFREG ? .trigger : .stream, name: path)
    }

    /// What came of waiting.
    public enum Wake: Sendable, Equatable {
        /// Memory is short.
        case pressure
        /// Nothing in that time.
        case timeout
        /// The source is gone.
        case lost
    }

    /// Waits for a sign. Blocks: call on a thread of its own.
    public func wait(milliseconds: Int32) -> Wake {
        let interest = Int16(signal == .trigger ? POLLPRI : POLLIN)
        var entry = pollfd(fd: descriptor, events: interest, revents: 0)
        guard unsafe poll(&entry, 1, milliseconds) > 0 else { return .timeout }
        if entry.revents & interest == 0 { return .lost }
        guard signal == .stream else { return .pressure }
        var bytes = [UInt8](repeating: 0, count: 512)
        return unsafe read(descriptor, &bytes, bytes.count) > 0 ? .pressure : .lost
    }

    /// Ends watching; to be called once.
    public func stop() { close(descriptor) }

    /// The bytes of `text`; `nil` if it is no Base64.
    static func base64(_ text: String) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var (bytes, bits, count) = ([UInt8](), 0, 0)
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            (bits, count) = ((bits << 6 | value) & 0xffff, count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count & 0xff))
            }
        }
        return bytes
    }
}
