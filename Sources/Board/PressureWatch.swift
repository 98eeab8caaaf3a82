import Glibc

/// Reports memory pressure, on a thread of its own.
public struct PressureWatch: Sendable {
    private let choice: PressureSource.Choice
    private let root: String

    /// Chooses what to watch; takes systemd's variables from the environment, which children no longer see. `root` is the
    /// folder of `/proc` and `/sys`.
    public init(root: String = "") {
        let names = ["MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE"]
        let values = names.map { name in
            defer { unsafe unsetenv(name) }
            return unsafe getenv(name).map { unsafe String(cString: $0) }
        }
        self.init(choice: PressureSource.choose(watch: values[0], write: values[1], root: root), root: root)
    }

    init(choice: PressureSource.Choice, root: String) {
        self.choice = choice
        self.root = root
    }

    /// What is watched, for people.
    public var description: String {
        switch choice {
        case .source(let source): "memory pressure of \(source.name)"
        case .none: "free memory and pages that come back, as the kernel reports no memory pressure"
        case .off: "no memory pressure, as MEMORY_PRESSURE_WATCH says"
        }
    }

    /// A waiting thread looks this often whether it is to end.
    private static let milliseconds: Int32 = 2000

    /// Calls `report` at every sign of pressure until `isOver`. Blocks: call on a thread of its own.
    public func run(isOver: () -> Bool = { false }, _ report: () -> Void) {
        if case .off = choice { return }
        // Who stalls at a limit is told so by the kernel; reaching it may have cost nothing but pages of files.
        var gauge = MemoryGauge(countsLimitEvents: false)
        func isShort() -> Bool { MemoryGauge.Reading.read(root: root).map { gauge.isPressure($0, now: .now) } ?? false }
        if case .source(let source) = choice {
            defer { source.stop() }
            wait: while !isOver() {
                switch source.wait(milliseconds: Self.milliseconds) {
                case .pressure: report()
                // The own cgroup waits for nothing while others do, and a limit that was lowered wakes nobody as long
                // as nobody asks for more memory.
                case .timeout: if isShort() { report() }
                case .lost: break wait
                }
            }
        }
        gauge = MemoryGauge(countsLimitEvents: true)
        while !isOver() {
            if isShort() { report() }
            poll(nil, 0, Self.milliseconds)
        }
    }
}
