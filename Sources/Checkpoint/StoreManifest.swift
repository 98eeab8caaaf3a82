import Kernels

/// What a packed store holds, in the order in which it lies there (docs/minke-format.md).
public struct StoreManifest: Sendable {
    /// A part of the data and how it is cut into pieces, each with a checksum.
    public struct Extent: Sendable, Equatable {
        /// First byte, counted from where the data begins.
        public var offset = 0
        /// Number of the first piece's checksum; it follows from the order, and is not written.
        public var firstChecksum = 0
        /// Bytes without the zeros up to the next page.
        public var byteCount: Int
        /// Bytes of a piece: a multiple of the page, or all.
        public var pieceByteCount: Int

        /// An extent that has no place yet; one piece, unless its size is given.
        public init(byteCount: Int, pieceByteCount: Int? = nil) {
            self.byteCount = byteCount
            self.pieceByteCount = pieceByteCount ?? max(StoreHeader.padded(byteCount), StoreHeader.pageByteCount)
        }

        /// Up to `count` of the pieces, from piece `first` on.
        public func pieces(from first: Int, count: Int) -> Extent {
            let start = first * pieceByteCount
            var part = Extent(
                byteCount: min(count * pieceByteCount, byteCount - start), pieceByteCount: pieceByteCount)
            part.offset = offset + start
            part.firstChecksum = firstChecksum + first
            return part
        }

        /// Bytes with the zeros up to the next page.
        public var paddedByteCount: Int { StoreHeader.padded(byteCount) }
        /// Number of pieces.
        public var pieceCount: Int {
            PieceChecksums.count(byteCount: paddedByteCount, pieceByteCount: pieceByteCount)
        }
    }

    /// A file of the source that is kept as it is: tokenizer, licence and the like.
    public struct Document: Sendable, Equatable {
        /// File name.
        public var name: String
        /// Where it lies.
        public var extent: Extent

        /// A document of `byteCount` bytes.
        public init(name: String, byteCount: Int) {
            self.name = name
            extent = Extent(byteCount: byteCount)
        }
    }

    /// Format, layout and shape of a matrix.
    public struct Matrix: Sendable, Equatable {
        /// How the values are stored.
        public var type: WeightType
        /// How the rows lie.
        public var layout: TensorEntry.Layout
        /// Dimensions, slowest first.
        public var shape: [Int]

        /// A matrix of this form.
        public init(type: WeightType, layout: TensorEntry.Layout, shape: [Int]) {
            self.type = type
            self.layout = layout
            self.shape = shape
        }

        /// Bytes of the matrix, or `nil` if the form is impossible.
        public var byteCount: Int? { TensorEntry.byteCount(shape: shape, type: type, layout: layout) }
    }

    /// A tensor that every token passes.
    public struct Tensor: Sendable, Equatable {
        /// Name, as in GGUF files.
        public var name: String
        /// Its form.
        public var matrix: Matrix
        /// Where it lies.
        public var extent: Extent
        /// The earlier tensor whose bytes are this one's too; `nil` if it has its own.
        public var sameAs: String?

        /// A tensor without a place.
        public init(name: String, matrix: Matrix, extent: Extent) {
            self.name = name
            self.matrix = matrix
            self.extent = extent
        }
    }

    /// The routed experts of a layer, one record after the other: gate, up, down.
    public struct Records: Sendable, Equatable {
        /// The decoder layer.
        public var layer: Int
        /// Number of experts.
        public var count: Int
        /// First byte of the first record, counted from where the data begins.
        public var offset = 0
        /// Number of the first record's first checksum; it follows from the order, and is not written.
        public var firstChecksum = 0
        /// Gate, up and down, each from a page on.
        public var parts: [Matrix]
        /// The earlier layer whose records are this one's too; `nil` if it has its own.
        public var sameAs: Int?

        /// Records without a place.
        public init(layer: Int, count: Int, parts: [Matrix]) {
            self.layer = layer
            self.count = count
            self.parts = parts
        }

        /// Bytes from one record to the next.
        public var recordByteCount: Int { parts.reduce(0) { $0 + StoreHeader.padded($1.byteCount ?? 0) } }

        /// Where gate, up and down of an expert lie; a piece each.
        public func extents(of expert: Int) -> [Extent] {
            var next = offset + expert * recordByteCount
            return parts.enumerated().map { index, part in
                var extent = Extent(byteCount: part.byteCount ?? 0)
                extent.offset = next
                extent.firstChecksum = firstChecksum + expert * parts.count + index
                next += extent.paddedByteCount
                return extent
            }
        }
    }

    /// A file that the store was made from.
    public struct SourceFile: Sendable, Equatable {
        /// File name.
        public var name: String
        /// Size.
        public var byteCount: Int
        /// SHA-256 in hexadecimal digits; `nil` if only some layers were taken.
        public var digest: String?

        /// A file by name, size and digest.
        public init(name: String, byteCount: Int, digest: String?) {
            self.name = name
            self.byteCount = byteCount
            self.digest = digest
        }
    }

    /// Shape and arithmetic of the model.
    public var configuration: ModelConfiguration
    /// Rows and columns that share a factor in FP8 matrices.
    public var scaleBlock: ScaleBlock?
    /// Recommended sampling.
    public var sampling: SamplingDefaults
    /// Name of the chat format, for people.
    public var chatFormat: String?
    /// Name of the licence, for people.
    public var licence: String?
    /// Files kept as they are.
    public var documents: [Document] = []
    /// Tensors that every token passes.
    public var tensors: [Tensor] = []
    /// Routed experts, layer by layer.
    public var records: [Records] = []
    /// Files that the store was made from.
    public var sources: [SourceFile] = []
    /// Layers of the source that were taken, if not all.
    public var layers: Range<Int>?

    /// A manifest of a model without contents.
    public init(configuration: ModelConfiguration, sampling: SamplingDefaults) {
        self.configuration = configuration
        self.sampling = sampling
    }

    /// Gives every part its place, and every piece its checksum, one after the other; aliases those of what they name.
    ///
    /// - Returns: bytes of the data and number of its checksums.
    @discardableResult
    public mutating func place() -> (byteCount: Int, checksumCount: Int) {
        var (offset, checksumCount) = (0, 0)
        func put(_ extent: inout Extent) {
            extent.offset = offset
            extent.firstChecksum = checksumCount
            offset += extent.paddedByteCount
            checksumCount += extent.pieceCount
        }
        for index in documents.indices { put(&documents[index].extent) }
        for index in tensors.indices where tensors[index].sameAs == nil { put(&tensors[index].extent) }
        for index in records.indices where records[index].sameAs == nil {
            records[index].offset = offset
            records[index].firstChecksum = checksumCount
            offset += records[index].count * records[index].recordByteCount
            checksumCount += records[index].count * records[index].parts.count
        }
        placeAliases()
        return (offset, checksumCount)
    }
}
