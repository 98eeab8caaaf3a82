import Glibc
import Synchronization

/// Memory for intermediate results, taken and given back by every layer of every chunk.
///
/// Blocks come in powers of two and are kept for the next taker, so that a forward pass touches no fresh pages once
/// the first layer has run. May be used from any thread.
public final class Workspace: Sendable {
    private struct State {
        var spares: [Int: [SpareBlock]] = [:]
        /// Bytes in use and spare.
        var byteCount = 0
        var peakByteCount = 0
    }

    /// Memory that nobody uses at the moment.
    @safe private struct SpareBlock: @unchecked Sendable {
        // Sendable: whoever holds the value is the memory's only owner.
        let pointer: UnsafeMutableRawPointer
    }

    private let state = Mutex(State())
    private let byteLimit: Int
    private static let smallestBlock = 4096
    private static let alignment = 64
    private static let hugePage = 2 << 20

    /// A workspace that keeps no spare memory beyond `byteLimit` bytes in all.
    public init(byteLimit: Int = .max) { self.byteLimit = byteLimit }

    deinit { releaseSpares() }

    /// At least `byteCount` bytes with arbitrary contents.
    func take(byteCount: Int) -> WorkspaceBlock {
        var size = Self.smallestBlock
        while size < byteCount { size *= 2 }
        let spare = state.withLock { state in state.spares[size]?.popLast() }
        let pointer = if let spare { unsafe spare.pointer } else { unsafe grow(by: size) }
        return unsafe WorkspaceBlock(pointer, byteCount: size, of: self)
    }

    private static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        guard byteCount >= hugePage else { return .allocate(byteCount: byteCount, alignment: alignment) }
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
        // A matter of speed only: the kernel is free not to have any.
        _ = unsafe madvise(pointer, byteCount, MADV_HUGEPAGE)
        return unsafe pointer
    }

    /// Allocates a block; spare ones of other sizes make room for it.
    private func grow(by byteCount: Int) -> UnsafeMutableRawPointer {
        let isTight = state.withLock { $0.byteCount > byteLimit - byteCount }
        if isTight { releaseSpares() }
        state.withLock { state in
            state.byteCount += byteCount
            state.peakByteCount = max(state.peakByteCount, state.byteCount)
        }
        return unsafe Self.allocate(byteCount: byteCount)
    }

    /// The most bytes that were allocated at any time.
    public var peakByteCount: Int { state.withLock { $0.peakByteCount } }

    fileprivate func giveBack(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        let spare = unsafe SpareBlock(pointer: pointer)
        state.withLock { state in state.spares[byteCount, default: []].append(spare) }
    }

    /// Returns all memory that is not in use to the system.
    public func releaseSpares() {
        let all = state.withLock { state in
            defer { state.spares = [:] }
            for (size, blocks) in state.spares { state.byteCount -= size * blocks.count }
            return state.spares.values.flatMap { $0 }
        }
        for block in all { unsafe block.pointer.deallocate() }
    }
}

/// Memory in use; goes back to its workspace with its last reference.
@safe final class WorkspaceBlock: @unchecked Sendable {
    // Sendable: the tasks of one fork/join write disjoint parts and the engine thread waits for them (WorkerPool).
    let pointer: UnsafeMutableRawPointer
    private let byteCount: Int
    private let workspace: Workspace

    fileprivate init(_ pointer: UnsafeMutableRawPointer, byteCount: Int, of workspace: Workspace) {
        unsafe self.pointer = pointer
        self.byteCount = byteCount
        self.workspace = workspace
    }

    deinit { unsafe workspace.giveBack(pointer, byteCount: byteCount) }
}
