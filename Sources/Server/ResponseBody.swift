import NIOCore
import NIOHTTP1

/// The body of a response as it arrives: pieces of bytes, or lines.
public struct ResponseBody: AsyncSequence, AsyncIteratorProtocol {
    /// A piece of the body.
    public typealias Element = [UInt8]
    /// The longest line, and the largest body, that is kept in memory.
    public static let maximumByteCount = 64 * 1024 * 1024

    private var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private var pending = ByteBuffer()
    private var isComplete = false

    init(parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator) { self.parts = parts }

    /// Iterates what has not been read yet.
    public func makeAsyncIterator() -> ResponseBody { self }

    /// The next piece; `nil` at the end.
    ///
    /// - Throws: `ClientError.Code.closed` if the connection ends before the body does.
    public mutating func next() async throws -> [UInt8]? {
        if pending.readableBytes > 0 {
            defer { pending.clear() }
            return Array(pending.readableBytesView)
        }
        return try await nextPiece().map { Array($0.readableBytesView) }
    }

    /// The next line without its end; `nil` at the end of the body.
    public mutating func nextLine() async throws -> String? {
        var searched = 0
        while true {
            let view = pending.readableBytesView
            if let end = view.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                let length = end - view.startIndex
                let line = pending.readSlice(length: length) ?? ByteBuffer()
                pending.moveReaderIndex(forwardBy: 1)
                var text = line.readableBytesView[...]
                if text.last == UInt8(ascii: "\r") { text = text.dropLast() }
                return String(decoding: text, as: UTF8.self)
            }
            searched = view.count
            guard searched <= Self.maximumByteCount else {
                throw ClientError(.malformed, "the server sent a line that does not end")
            }
            guard let piece = try await nextPiece() else {
                guard pending.readableBytes > 0 else { return nil }
                defer { pending.clear() }
                return String(decoding: pending.readableBytesView, as: UTF8.self)
            }
            pending.discardReadBytes()
            pending.writeImmutableBuffer(piece)
        }
    }

    /// All that is left.
    public mutating func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await next() {
            bytes += piece
            guard bytes.count <= Self.maximumByteCount else {
                throw ClientError(.malformed, "the server's answer is larger than \(Self.maximumByteCount) bytes")
            }
        }
        return bytes
    }

    private mutating func nextPiece() async throws -> ByteBuffer? {
        guard !isComplete else { return nil }
        while true {
            let part: HTTPClientResponsePart?
            do {
                part = try await parts.next()
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw ClientError(.closed, "the connection broke before the answer was complete: \(error)")
            }
            switch part {
            case .body(let piece): return piece
            case .head: continue
            case .end:
                isComplete = true
                return nil
            case nil:
                try Task.checkCancellation()
                throw ClientError(.closed, "the server closed the connection before the answer was complete")
            }
        }
    }
}
