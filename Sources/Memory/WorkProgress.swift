import Synchronization

/// Counts pieces of work that this process has finished, for those who ask whether it gets on.
///
/// A piece is something that ends within seconds on the slowest board or is stuck: the fork/join of one product, a part
/// of a record that was read, a tensor that was loaded, a layer of a context that was written. It is counted when it is
/// done, by whoever did it; waiting, asking again and giving up are no progress. One count for the process, because a
/// process is what a watchdog ends.
public enum WorkProgress {
    private static let count = Atomic<Int>(0)

    /// A piece of work is done.
    @inline(__always)
    public static func advance() { count.add(1, ordering: .relaxed) }

    /// Pieces done since the process began.
    public static var value: Int { count.load(ordering: .relaxed) }
}
