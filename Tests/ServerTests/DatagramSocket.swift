import Glibc

/// A Unix datagram socket that receives what others send, as a service manager's or a journal's does.
final class DatagramSocket {
    let path: String
    private let descriptor: Int32

    init?(_ name: String, isAbstract: Bool = false) {
        path = (isAbstract ? "@" : "/") + "tmp/minke-\(name)-\(getpid())"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = isAbstract ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = isAbstract ? MemoryLayout<sa_family_t>.size + bytes.count : MemoryLayout<sockaddr_un>.size
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) }
        }
        guard result == 0 else { return nil }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next datagram, if one has come.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// All datagrams that have come, as text.
    func texts() -> [String] {
        var texts: [String] = []
        while let bytes = receive() { texts.append(String(decoding: bytes, as: UTF8.self)) }
        return texts
    }
}
