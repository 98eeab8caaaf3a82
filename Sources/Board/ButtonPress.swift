/// Tells short presses of a button from long ones. Pure: it is told what the line does and what time it is.
///
/// A long press counts while the button is still held, so that the finger feels that it was enough; letting go then
/// means nothing. Edges that say what is known already are none.
public struct ButtonPress: Sendable {
    /// What a press means.
    public enum Kind: Sendable, Equatable {
        /// The button was let go before long.
        case short
        /// The button was held.
        case long
    }

    /// Milliseconds after which a press is a long one.
    private let longMilliseconds: Int
    /// When the button was pressed; `nil` while it is not, or has been held long enough.
    private var pressedAt: Int?

    /// A button that is not pressed.
    public init(longMilliseconds: Int) { self.longMilliseconds = longMilliseconds }

    /// The button is down or up since `time`, in milliseconds; returns what came of it.
    public mutating func edge(isDown: Bool, at time: Int) -> Kind? {
        guard isDown else {
            guard let pressed = pressedAt else { return nil }
            pressedAt = nil
            return time - pressed >= longMilliseconds ? .long : .short
        }
        if pressedAt == nil { pressedAt = time }
        return nil
    }

    /// It is `time` and nothing has happened; returns what came of that.
    public mutating func wait(until time: Int) -> Kind? {
        guard let pressed = pressedAt, time - pressed >= longMilliseconds else { return nil }
        pressedAt = nil
        return .long
    }

    /// Milliseconds from `time` until `wait` has something to say; `nil` if it never will.
    public func patience(at time: Int) -> Int? { pressedAt.map { max(0, $0 + longMilliseconds - time) } }

    /// The line is no longer seen: what was begun is forgotten.
    public mutating func forget() { pressedAt = nil }
}
