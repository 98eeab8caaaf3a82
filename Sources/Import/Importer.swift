import Checkpoint
import Glibc
import Kernels
import Memory
import Synchronization

/// Makes a packed store from a GGUF file or a Hugging Face folder.
///
/// Several threads make the store's units in the order in which the source holds them, another computes the digests of
/// the source's files close by, so that the disk is read once and in order. From time to time what is complete is
/// noted in the file itself; an import that was killed goes on from there. Memory does not depend on the model.
public final class Importer: Sendable {
    /// How far an import is.
    public struct Progress: Sendable {
        /// Bytes of the source that are done.
        public var processed: Int
        /// Bytes of the source in all.
        public var total: Int
    }

    private struct State {
        var nextUnit = 0
        /// Units that are done beyond the first that is not.
        var done: Set<Int> = []
        var doneCount = 0
        var checksums: [UInt32]
        var processed = 0
        var digests = DigestProgress()
        var failure: (any Error)?
        var noted = ContinuousClock.now
        var isNoting = false
    }

    /// Bytes that converting and hashing may be apart: what the page cache is expected to keep.
    private static let window = 256 << 20

    private let source: ModelSource
    private let plan: ImportPlan
    private let threadCount: Int
    private let noteInterval: Duration
    private let state: Mutex<State>
    /// Bytes of the files before each.
    private let fileStarts: [Int]
    private let makesDigests: Bool

    /// Plans the import of `source`; nothing is written yet.
    public init(_ source: ModelSource, _ options: ImportOptions) throws(CheckpointError) {
        guard source.store == nil else {
            throw CheckpointError(.unsupported, path: source.path, field: "file", "is a packed store already")
        }
        self.source = source
        plan = try ImportPlan(source, options)
        threadCount = options.threadCount
        noteInterval = options.noteInterval
        makesDigests = options.layers == nil
        state = Mutex(State(checksums: [UInt32](repeating: 0, count: plan.checksumCount)))
        fileStarts = source.files.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.byteCount) }
    }

    /// Bytes of the finished store.
    public var byteCount: Int { plan.fileByteCount }

    /// Bytes of the source that are read.
    public var sourceByteCount: Int { plan.units.reduce(0) { $0 + $1.sourceByteCount } }

    /// Makes the store at `path`, or goes on with what an earlier import of the same source has left there.
    public func run(to path: String, progress: @escaping @Sendable (Progress) -> Void) throws {
        let file = try PartialFile(for: path)
        let resumed = try resume(file)
        do {
            try file.allocate(plan.fileByteCount)
        } catch {
            if !resumed { file.remove() }
            throw error
        }
        let total = sourceByteCount
        // Readers wait for the disk most of the time: two more than there are processors keep both busy.
        let workerCount = threadCount + 2
        let pool = WorkerPool(threadCount: workerCount + 1)
        pool.run(workerCount + 1) { index in
            do {
                if index == 0 {
                    try makeDigests()
                } else {
                    try work(file) { progress(Progress(processed: $0, total: total)) }
                }
            } catch {
                state.withLock { if $0.failure == nil { $0.failure = error } }
            }
        }
        if let failure = state.withLock({ $0.failure }) {
            // What is done is worth keeping, unless the disk is the trouble.
            try? note(file)
            throw failure
        }
        try complete(file)
    }

    // MARK: Units

    private func work(_ file: PartialFile, _ progress: (Int) -> Void) throws {
        var writer = try UnitWriter(source, file)
        while let index = takeUnit() {
            let unit = plan.units[index]
            if makesDigests {
                wait { fileStarts[$0.digests.fileIndex] + $0.digests.offset + Self.window >= start(of: unit) }
            }
            let checksums = try writer.make(unit, isStopped: { isStopped })
            guard !isStopped else { return }
            progress(finish(index, unit, checksums))
            if claimNote() { try note(file) }
        }
    }

    private func takeUnit() -> Int? {
        state.withLock { state in
            guard state.failure == nil, state.nextUnit < plan.units.count else { return nil }
            defer { state.nextUnit += 1 }
            return state.nextUnit
        }
    }

    private func finish(_ index: Int, _ unit: ImportUnit, _ checksums: [UInt32]) -> Int {
        state.withLock { state in
            state.checksums.replaceSubrange(
                unit.firstChecksum..<unit.firstChecksum + checksums.count, with: checksums)
            state.done.insert(index)
            while state.done.remove(state.doneCount) != nil { state.doneCount += 1 }
            state.processed += unit.sourceByteCount
            return state.processed
        }
    }

    private var isStopped: Bool { state.withLock { $0.failure != nil } }

    /// Where a unit begins, counted over all files.
    private func start(of unit: ImportUnit) -> Int { fileStarts[unit.position.file] + unit.position.offset }

    /// Waits until `condition` holds, but not for long: it is a matter of speed only.
    private func wait(until condition: (State) -> Bool) {
        for _ in 0..<1000 where !state.withLock({ condition($0) || $0.failure != nil }) { usleep(1000) }
    }

    // MARK: Digests

    private func makeDigests() throws {
        guard makesDigests else { return }
        var progress = state.withLock { $0.digests }
        var buffer = try WorkBuffer(byteCount: 4 << 20)
        while progress.fileIndex < source.files.count {
            let file = source.files[progress.fileIndex]
            while progress.offset < file.byteCount {
                let position = fileStarts[progress.fileIndex] + progress.offset
                wait { unitsBegunBefore(position - Self.window, $0) }
                if isStopped { return }
                let count = min(buffer.byteCount, file.byteCount - progress.offset)
                try buffer.withMutableBytes { bytes throws(CheckpointError) in
                    try file.read(into: &bytes, 0..<count, at: progress.offset, field: "file")
                }
                buffer.withBytes { progress.hash.update($0.extracting(0..<count)) }
                progress.offset += count
                forget(file, before: progress)
                state.withLock { $0.digests = progress }
            }
            progress.finished.append(progress.hash.digest())
            progress = DigestProgress(fileIndex: progress.fileIndex + 1, finished: progress.finished)
            state.withLock { $0.digests = progress }
        }
    }

    /// Whether all units before `position` have been begun.
    private func unitsBegunBefore(_ position: Int, _ state: State) -> Bool {
        state.nextUnit >= plan.units.count || start(of: plan.units[state.nextUnit]) >= position
    }

    /// Pages that both have read are of no more use.
    private func forget(_ file: InputFile, before progress: DigestProgress) {
        let unit = state.withLock { $0.doneCount }
        guard unit < plan.units.count, plan.units[unit].position.file == progress.fileIndex else { return }
        let end = min(plan.units[unit].position.offset, progress.offset)
        file.forget(max(0, end - 2 * Self.window)..<end)
    }

    // MARK: Notes

    /// Takes up what the file's journal tells; whether there was one of this plan.
    private func resume(_ file: PartialFile) throws(CheckpointError) -> Bool {
        let page = try file.bytes(at: 0, count: StoreHeader.pageByteCount)
        guard var journal = ImportJournal(page, planIdentity: plan.identity), journal.unitCount <= plan.units.count,
            journal.digests.fileIndex <= source.files.count
        else { return false }
        let table = try file.bytes(at: plan.tableOffset, count: 4 * plan.checksumCount)
        guard table.count == 4 * plan.checksumCount else { return false }
        let checksums = ChecksumTable.values(table, count: plan.checksumCount)
        // A disk may lose what it has acknowledged: what is not as noted is made again.
        journal.unitCount = try file.intactCount(of: plan.units[..<journal.unitCount], checksums)
        journal.digests.takeFinished(
            try file.bytes(
                at: StoreHeader.manifestOffset, count: journal.digests.fileIndex * DigestProgress.noteByteCount))
        state.withLock { state in
            state.nextUnit = journal.unitCount
            state.doneCount = journal.unitCount
            state.digests = journal.digests
            state.processed = plan.units[..<journal.unitCount].reduce(0) { $0 + $1.sourceByteCount }
            state.checksums = checksums
        }
        return journal.unitCount > 0
    }

    private func claimNote() -> Bool {
        state.withLock { state in
            guard !state.isNoting, ContinuousClock.now - state.noted >= noteInterval else { return false }
            state.isNoting = true
            return true
        }
    }

    /// Notes in the file how far it is. The order matters: first everything that the note speaks of.
    private func note(_ file: PartialFile) throws(CheckpointError) {
        var journal = ImportJournal(planIdentity: plan.identity)
        let checksums = state.withLock { state in
            journal.unitCount = state.doneCount
            journal.digests = state.digests
            return state.checksums
        }
        defer {
            state.withLock { state in
                state.isNoting = false
                state.noted = ContinuousClock.now
            }
        }
        try file.write(journal.digests.finishedNote, at: StoreHeader.manifestOffset)
        try file.write(ChecksumTable.bytes(checksums), at: plan.tableOffset)
        try file.sync()
        try file.write(journal.bytes, at: 0)
    }

    /// Writes manifest, checksums and, when all else is on the disk, the header.
    private func complete(_ file: PartialFile) throws(CheckpointError) {
        let (checksums, digests) = state.withLock { ($0.checksums, $0.digests.finished) }
        let text = plan.manifest(digests: digests.map { SHA256.hexText($0) }).jsonText
        let manifest = text + [UInt8](repeating: 0, count: StoreHeader.padded(text.count) - text.count)
        let bytes = ChecksumTable.bytes(checksums)
        let table = bytes + [UInt8](repeating: 0, count: StoreHeader.padded(bytes.count) - bytes.count)
        let header = StoreHeader(
            fileByteCount: plan.fileByteCount, manifestByteCount: text.count,
            manifestChecksum: CRC32C.checksum(manifest), checksumCount: checksums.count,
            tableChecksum: CRC32C.checksum(table))
        precondition(header.dataOffset == plan.dataOffset, "the manifest has the length that was planned")
        try file.write(manifest, at: StoreHeader.manifestOffset)
        try file.write(table, at: header.tableOffset)
        try file.sync()
        try file.write(header.bytes, at: 0)
        try file.commit()
    }
}
