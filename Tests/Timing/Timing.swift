import Glibc

/// How many times slower than a real machine this one may be: an emulator is ($MINKE_TEST_SLOWNESS).
public let slowness = getenv("MINKE_TEST_SLOWNESS").flatMap { Int(String(cString: $0)) } ?? 1

/// Whether `body` takes at most `limit` in one of up to five tries.
///
/// Others share the processors: a single time says little of the code, the shortest of some does.
public func takesAtMost(_ limit: Duration, _ body: () throws -> Void) rethrows -> Bool {
    for _ in 0..<5 where try ContinuousClock().measure(body) <= limit * slowness { return true }
    return false
}

/// The same of a body that tells the time itself, because only a part of it counts; nil is no time at all.
public func takesAtMost(
    _ limit: Duration, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Duration?
) async rethrows -> Bool {
    for _ in 0..<5 {
        if let time = try await body(), time <= limit * slowness { return true }
    }
    return false
}

/// Whether `condition` becomes true before `timeout` has passed.
public func eventually(
    _ timeout: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation, _ condition: () -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + timeout * slowness
    while !condition() {
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: .milliseconds(1))
    }
    return true
}
