import Checkpoint
import Kernels

/// What a partial store has in place of its header: how far the import is.
///
/// One page, written after everything that it speaks of is on the disk. Its magic is not a store's, so that a
/// half-made file is never taken for a model.
struct ImportJournal: Equatable {
    /// The plan that the file is made by.
    let planIdentity: [UInt8]
    /// Units from the first on that are complete.
    var unitCount = 0
    /// How far the source's digests are.
    var digests = DigestProgress()

    private static let magic = Array("MINKEPRT".utf8)

    /// A journal of nothing.
    init(planIdentity: [UInt8]) { self.planIdentity = planIdentity }

    /// The page.
    var bytes: [UInt8] {
        let numbers = [unitCount, digests.fileIndex, digests.offset]
        return SealedPage.bytes(
            Self.magic + planIdentity + numbers.flatMap(\.littleEndianBytes) + digests.hash.savedState)
    }

    /// Reads a page; `nil` if it is no journal of this plan.
    init?(_ bytes: [UInt8], planIdentity: [UInt8]) {
        guard SealedPage.isIntact(bytes), bytes.starts(with: Self.magic + planIdentity) else { return nil }
        var rest = bytes.dropFirst(Self.magic.count + planIdentity.count)
        func number() -> Int {
            defer { rest = rest.dropFirst(8) }
            return Int(littleEndianBytes: rest.prefix(8))
        }
        self.planIdentity = planIdentity
        unitCount = number()
        digests.fileIndex = number()
        digests.offset = number()
        guard let hash = SHA256(savedState: rest.prefix(SHA256.savedStateByteCount)) else { return nil }
        digests.hash = hash
        guard unitCount >= 0, digests.fileIndex >= 0, digests.offset >= 0 else { return nil }
    }
}

/// How far the digests of the source's files are.
struct DigestProgress: Equatable {
    /// The file being read.
    var fileIndex = 0
    /// Bytes of it that are in `hash`.
    var offset = 0
    /// Its digest so far.
    var hash = SHA256()
    /// Digests of the files before it.
    var finished: [[UInt8]] = []

    /// Bytes of a finished digest in a partial store: digest and checksum.
    static let noteByteCount = SHA256.digestByteCount + 4

    /// The finished digests as they lie where the manifest is going to be.
    var finishedNote: [UInt8] {
        finished.flatMap { $0 + CRC32C.checksum($0).littleEndianBytes }
    }

    /// Takes up the digests of the files before the current one, or goes back to the first whose digest is not in
    /// `note` any more: the manifest is written over it in the end.
    mutating func takeFinished(_ note: [UInt8]) {
        finished = []
        for index in 0..<fileIndex {
            let entry = note.dropFirst(index * Self.noteByteCount).prefix(Self.noteByteCount)
            let digest = Array(entry.prefix(SHA256.digestByteCount))
            let taken = DigestProgress(fileIndex: index + 1, finished: finished + [digest])
            guard entry.elementsEqual(taken.finishedNote.suffix(Self.noteByteCount)) else {
                self = DigestProgress(fileIndex: index, finished: finished)
                return
            }
            finished = taken.finished
        }
    }
}
