import Checkpoint
import Memory

/// What reads a model's records into slots: the files, the threads that wait for the disk, and memory for what has to
/// be rearranged. Shared by all that is read while a model computes, so that what is urgent comes first.
public final class DiskReader: Sendable {
    let records: RecordReader
    let threads: ReadThreads
    /// Whether all files are read past the page cache.
    public let isDirect: Bool

    /// Threads that read: so many keep a disk busy.
    public static let threadCount = 4
    /// How long whoever waits for the disk may fail to notice that its client has left.
    static let cancellationMilliseconds = 50

    /// Reads `files`; `stagingByteCount` is what a thread needs to rearrange a matrix.
    public init(_ files: [any PageFile], stagingByteCount: Int, budget: MemoryBudget) throws {
        threads = ReadThreads(count: Self.threadCount)
        isDirect = files.allSatisfy(\.isDirect)
        let staging =
            stagingByteCount == 0
            ? nil : try SlotPool(slotCount: threads.count, byteCount: stagingByteCount, budget: budget)
        records = RecordReader(files: files, staging: staging)
    }

    /// The files that `source` has open, read past the page cache where that is possible.
    public static func files(of source: ModelSource) throws(CheckpointError) -> [any PageFile] {
        try source.files.map { file throws(CheckpointError) in try DirectFile(file) }
    }

    /// Seconds in which the disk was read from, since the model was loaded.
    public var busySeconds: Double { threads.busySeconds }

    /// Lets `record` be read into `draft` when it is its turn; `report` is called by whichever thread has news.
    func read(
        _ record: SlotRecord, into draft: SlotDraft, _ urgency: ReadSchedule.Urgency,
        report: @escaping @Sendable (RecordRead.Report) -> Void
    ) -> RecordRead {
        let read = RecordRead(record, into: draft, records, report: report)
        threads.submit(read, urgency)
        return read
    }
}
