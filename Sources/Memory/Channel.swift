import Glibc

/// A queue between threads: elements come out in the order in which they went in. Callable from any thread.
@safe public final class Channel<Element: Sendable>: @unchecked Sendable {
    // Sendable: `elements`, `first` and `isClosed` are protected by `mutex`.
    private var elements: [Element] = []
    private var isClosed = false
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let arrival: UnsafeMutablePointer<pthread_cond_t>

    /// An empty queue.
    public init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe arrival = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        // Waiting with a limit counts time that nobody can set.
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(arrival, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(arrival)
        unsafe pthread_mutex_destroy(mutex)
        unsafe arrival.deallocate()
        unsafe mutex.deallocate()
    }

    /// Puts `element` at the end.
    public func send(_ element: Element) {
        unsafe pthread_mutex_lock(mutex)
        elements.append(element)
        unsafe pthread_cond_signal(arrival)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Takes the first element, and waits for one if there is none; `nil` once the queue is closed and empty.
    public func receive() -> Element? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while elements.isEmpty && !isClosed { unsafe pthread_cond_wait(arrival, mutex) }
        return elements.isEmpty ? nil : elements.removeFirst()
    }

    /// Takes the first element, and waits up to `milliseconds` for one; `nil` if none came.
    public func receive(within milliseconds: Int) -> Element? {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = deadline.tv_nsec + milliseconds % 1000 * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while elements.isEmpty && !isClosed {
            guard unsafe pthread_cond_timedwait(arrival, mutex, &deadline) == 0 else { break }
        }
        return elements.isEmpty ? nil : elements.removeFirst()
    }

    /// Takes all elements that are there now.
    public func receiveAll() -> [Element] {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        defer { elements = [] }
        return elements
    }

    /// Elements that are there now.
    public var count: Int {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return elements.count
    }

    /// Lets those who wait go on without an element.
    public func close() {
        unsafe pthread_mutex_lock(mutex)
        isClosed = true
        unsafe pthread_cond_broadcast(arrival)
        unsafe pthread_mutex_unlock(mutex)
    }
}
