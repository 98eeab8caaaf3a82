import CLinux
import Glibc

/// A thread of its own, outside the cooperative pool.
public struct NamedThread: Sendable {
    private let thread: pthread_t

    /// Starts `body` on a thread that ps and top show as `name` (at most 15 bytes); `nil` if the kernel refuses it.
    public init?(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { work in
                if let work = unsafe work { unsafe Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
                return nil
            }, work)
        guard status == 0 else {
            unsafe Unmanaged<Work>.fromOpaque(work).release()
            return nil
        }
        self.thread = thread
        _ = unsafe cl_name_thread(thread, name)
    }

    /// Lets the thread end by itself; instead of `join`.
    public func detach() { pthread_detach(thread) }

    /// Waits for the end of `body`. To be called once.
    public func join() { pthread_join(thread, nil) }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
