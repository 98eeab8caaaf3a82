import NIOCore
import NIOHTTP1

/// Refuses connections that begin with a request of a protocol that looks like HTTP: the parser takes RTSP and ICE for
/// it, whose requests mean something else.
final class ProtocolCheck: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let others = ["RTSP/", "ICE/"].map { Array($0.utf8) }
    /// The beginning of the last word of the request line so far.
    private var word: [UInt8] = []
    private var state = State.reading

    private enum State { case reading, accepted, refused }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if state == .reading { read(unwrapInboundIn(data).readableBytesView) }
        switch state {
        case .reading, .accepted: context.fireChannelRead(data)
        case .refused: context.fireErrorCaught(HTTPParserError.invalidVersion)
        }
    }

    private func read(_ bytes: ByteBufferView) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                // Empty lines may come before a request.
                guard !word.isEmpty else { continue }
                state = Self.others.contains { word.starts(with: $0) } ? .refused : .accepted
                return
            case UInt8(ascii: " "):
                word = []
            default:
                if word.count < 5 { word.append(byte) }
            }
        }
    }
}
