import Memory

/// What a key takes: which values, and what they become.
public struct ValueKind<Value: Equatable & Sendable>: Sendable {
    /// For messages: "takes …".
    let expectation: String
    let read: @Sendable (TOMLValue) -> Value?

    /// A kind that takes the values for which `read` returns something.
    public init(_ expectation: String, read: @escaping @Sendable (TOMLValue) -> Value?) {
        self.expectation = expectation
        self.read = read
    }

    /// The same values for a property that is `nil` unless it is set.
    public static func optional<Wrapped>(_ kind: ValueKind<Wrapped>) -> ValueKind where Value == Wrapped? {
        ValueKind(kind.expectation) { value in kind.read(value).map { .some($0) } }
    }
}

extension ValueKind where Value == String {
    /// A string that is not empty.
    public static var text: ValueKind {
        ValueKind("a string") { if case .string(let text) = $0, !text.isEmpty { text } else { nil } }
    }
}

extension ValueKind where Value == [String] {
    /// Strings, none of them empty.
    public static var texts: ValueKind {
        ValueKind("an array of strings") { value in
            guard case .array(let values) = value else { return nil }
            let texts = values.compactMap { if case .string(let text) = $0, !text.isEmpty { text } else { nil } }
            return texts.count == values.count ? texts : nil
        }
    }
}

extension ValueKind where Value == Bool {
    /// `true` or `false`.
    public static var flag: ValueKind {
        ValueKind("true or false") { if case .boolean(let value) = $0 { value } else { nil } }
    }
}

extension ValueKind where Value == Int {
    /// An integer within bounds.
    public static func integer(_ range: ClosedRange<Int>) -> ValueKind {
        ValueKind("an integer from \(range.lowerBound) to \(range.upperBound)") {
            if case .integer(let value) = $0, range.contains(value) { value } else { nil }
        }
    }

    /// Bytes, as `"512M"`, `"3G"` or a number.
    public static var size: ValueKind {
        ValueKind("a size such as \"3G\" or \"512M\"") { value in
            switch value {
            case .string(let text): ByteSize(text)?.byteCount
            case .integer(let count) where count > 0: count
            default: nil
            }
        }
    }
}

extension ValueKind where Value == Double {
    /// A number within bounds.
    public static func number(_ range: ClosedRange<Double>) -> ValueKind {
        ValueKind("a number from \(range.lowerBound) to \(range.upperBound)") { value in
            let number: Double? =
                switch value {
                case .integer(let value): Double(value)
                case .float(let value): value
                default: nil
                }
            return number.flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueKind where Value == Duration {
    /// A time such as `"90s"`, `"5m"`, `"500ms"`, or seconds as a number.
    public static func duration(_ range: ClosedRange<Duration> = .zero ... .seconds(1_000_000_000)) -> ValueKind {
        ValueKind("a time such as \"90s\" or \"5m\"") { value in
            Duration(written: value).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueKind where Value == Duration? {
    /// A time, or `word` for one that has no end.
    public static func duration(or word: String) -> ValueKind {
        ValueKind("a time such as \"90s\" or \"5m\", or \"\(word)\"") { value in
            value == .string(word) ? .some(nil) : Duration(written: value).map { .some($0) }
        }
    }
}

extension ValueKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of a type's cases.
    public static var choice: ValueKind {
        let names = Value.allCases.map { "\"\($0.rawValue)\"" }
        return ValueKind("one of \(names.joined(separator: ", "))") {
            if case .string(let text) = $0 { Value(rawValue: text) } else { nil }
        }
    }
}

extension Duration {
    /// Seconds, or a number with a unit: ms, s, m or min, h, d.
    fileprivate init?(written value: TOMLValue) {
        switch value {
        case .integer(let seconds) where seconds >= 0 && seconds <= 1_000_000_000: self = .seconds(seconds)
        case .string(let text):
            let digits = text.prefix { "0123456789.".contains($0) }
            let units = ["ms": 0.001, "s": 1, "": 1, "m": 60, "min": 60, "h": 3600, "d": 86400]
            let unit = text.dropFirst(digits.count).drop { $0 == " " }
            guard let seconds = units[String(unit)], let count = Double(digits), count * seconds <= 1e9 else {
                return nil
            }
            self = .milliseconds(Int((count * seconds * 1000).rounded()))
        default: return nil
        }
    }
}
