import Checkpoint
import Kernels

/// The usage histogram beside a model: `MODEL.usage`, text.
///
/// First line `minke-usage 1 ` and the model's identity; for each layer with routed experts a line `layer tokens use use
/// …`, uses per million tokens; last line `checksum ` and the CRC-32C of all before it in hexadecimal digits. What is
/// stale, damaged or not for this model is as good as none: it would only cost time.
public struct UsageFile: Sendable {
    private let path: String
    private let identity: String

    private static let scale = 1e6
    private static let maximumByteCount = 16 << 20

    /// The file that belongs to `source`, which need not be there.
    public init(of source: ModelSource) {
        var path = source.path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path + ".usage"
        identity = source.identity
    }

    private static func digits(of bytes: [UInt8]) -> String { String(CRC32C.checksum(bytes), radix: 16) }

    /// What the file says, if it fits a model with so many routed experts in its layers.
    func read(expertCounts: [Int]) -> UsageHistogram? {
        guard let file = try? InputFile(path: path), file.byteCount <= Self.maximumByteCount,
            let bytes = try? file.bytes(at: 0, count: file.byteCount, field: "usage")
        else { return nil }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line, as: UTF8.self)
        }
        guard lines.popLast() == "", let last = lines.popLast() else { return nil }
        let text = lines.map { $0 + "\n" }.joined()
        guard last == "checksum " + Self.digits(of: Array(text.utf8)), lines.first == header else { return nil }
        var usage = UsageHistogram(expertCounts: expertCounts)
        for line in lines.dropFirst() {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard let layer = numbers.first, expertCounts.indices.contains(layer), expertCounts[layer] > 0,
                numbers.count == 2 + expertCounts[layer], numbers.allSatisfy({ (0...1_000_000_000).contains($0) })
            else { return nil }
            usage.layers[layer].tokenCount = Double(numbers[1])
            usage.layers[layer].counts = numbers.dropFirst(2).map { Double($0) / Self.scale * Double(numbers[1]) }
        }
        return usage
    }

    private var header: String { "minke-usage 1 " + identity }

    /// Writes `usage` in place of what was there, whole or not at all; readable for the owner only, for what was talked
    /// about shows in it.
    func write(_ usage: UsageHistogram) throws(CheckpointError) {
        var text = header + "\n"
        for (number, layer) in usage.layers.enumerated() where !layer.counts.isEmpty {
            let uses = layer.counts.indices.map { String(Int((layer.rate(of: $0) * Self.scale).rounded())) }
            text += "\(number) \(Int(layer.effectiveTokenCount.rounded())) " + uses.joined(separator: " ") + "\n"
        }
        text += "checksum " + Self.digits(of: Array(text.utf8)) + "\n"
        var file = try OutputFile(path: path, permissions: 0o600)
        try file.write(text.utf8)
        try file.commit()
    }
}
