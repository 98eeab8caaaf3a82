import Kernels
import Memory
import Synchronization

/// What a full scan of a packed store has found.
public struct StoreVerification: Sendable {
    /// A part of the file that is not what was written.
    public struct Damage: Sendable, Equatable {
        /// The document, tensor or expert's matrix.
        public var name: String
        /// Where the piece begins in the file.
        public var offset: Int
        /// What is wrong.
        public var message: String
    }

    /// Bytes that were compared with their checksums.
    public var byteCount = 0
    /// Damaged pieces in the order in which they lie in the file.
    public var damages: [Damage] = []
}

extension PackedStore {
    /// A named part of the data with its checksums.
    struct Part {
        let name: String
        /// First byte in the file.
        let offset: Int
        let checksums: PieceChecksums
    }

    /// All parts, in the order in which they lie in the file; aliases are no parts of their own. Header, manifest and
    /// table were checked at opening.
    var parts: [Part] {
        var parts = manifest.documents.map { part($0.name, $0.extent) }
        for tensor in manifest.tensors where tensor.sameAs == nil { parts.append(part(tensor.name, tensor.extent)) }
        for records in manifest.records where records.sameAs == nil {
            for expert in 0..<records.count {
                parts += entries(of: expert, in: records).compactMap { entry in
                    entry.checksums.map { Part(name: entry.name, offset: entry.offset, checksums: $0) }
                }
            }
        }
        return parts
    }

    /// Reads the whole file from the disk, past the page cache, and compares every piece with its checksum.
    ///
    /// - Parameter progress: told bytes compared so far and in all, on any thread
    public func verify(
        pool: WorkerPool, progress: @escaping @Sendable (_ byteCount: Int, _ total: Int) -> Void
    ) throws -> StoreVerification {
        let disk = try DirectFile(file)
        let pieces = parts.flatMap { part in part.pieces.map { (part, $0) } }
        let largest = pieces.map { $0.1.range.count }.max() ?? 0
        let found = Mutex(StoreVerification(byteCount: header.dataOffset))
        let failure = Mutex<(any Error)?>(nil)
        let next = Atomic(0)
        let total = header.fileByteCount
        pool.run(pool.threadCount) { _ in
            do {
                var buffer = try WorkBuffer(byteCount: max(largest, StoreHeader.pageByteCount))
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    guard index < pieces.count else { return }
                    let (part, piece) = pieces[index]
                    let message = Self.damage(disk, part.name, piece, &buffer)
                    let done = found.withLock { found in
                        found.byteCount += piece.range.count
                        if let message {
                            found.damages.append(
                                StoreVerification.Damage(
                                    name: part.name, offset: piece.range.lowerBound, message: message))
                        }
                        return found.byteCount
                    }
                    progress(done, total)
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        var result = found.withLock { $0 }
        result.damages.sort { $0.offset < $1.offset }
        return result
    }

    /// What is wrong with a piece; `nil` if nothing is.
    private static func damage(
        _ file: DirectFile, _ name: String, _ piece: Part.Piece, _ buffer: inout WorkBuffer
    ) -> String? {
        do throws(CheckpointError) {
            let found = try buffer.withMutableBytes { bytes throws(CheckpointError) in
                try file.read(
                    into: &bytes, byteCount: piece.range.count, at: piece.range.lowerBound, field: name)
                return CRC32C.checksum(bytes.bytes.extracting(0..<piece.range.count))
            }
            return found == piece.checksum ? nil : "does not match its checksum"
        } catch {
            return error.message
        }
    }
}

extension PackedStore.Part {
    /// Bytes that have one checksum.
    struct Piece {
        /// Where they lie in the file.
        let range: Range<Int>
        let checksum: UInt32
    }

    /// The pieces in order.
    var pieces: [Piece] {
        checksums.values.indices.map { index in
            let range = checksums.range(ofPiece: index - checksums.values.startIndex)
            return Piece(
                range: offset + range.lowerBound..<offset + range.upperBound, checksum: checksums.values[index])
        }
    }
}
