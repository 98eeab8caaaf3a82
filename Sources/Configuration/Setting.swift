/// One key of a section: its name, what it takes, where it goes.
///
/// A section lists its settings (`ConfigurationSection.settings`); everything else follows from the list: reading
/// files and variables, messages, suggestions, and what a reload may change.
public struct Setting<Section: Sendable>: Sendable {
    /// The key, in lower case with underscores.
    public let key: String
    /// Whether a running daemon takes a new value; else it needs a restart.
    public let isLive: Bool
    let expectation: String
    /// Stores a value; `false` if it is none that the key takes.
    let store: @Sendable (TOMLValue, inout Section) -> Bool
    /// Whether two sections agree in this key.
    let isSame: @Sendable (Section, Section) -> Bool

    /// The setting `key`, kept in the property at `path`.
    public init<Value>(
        _ key: String, _ path: any WritableKeyPath<Section, Value> & Sendable, _ kind: ValueKind<Value>,
        isLive: Bool = false
    ) {
        self.key = key
        self.isLive = isLive
        expectation = kind.expectation
        store = { value, section in
            guard let value = kind.read(value) else { return false }
            section[keyPath: path] = value
            return true
        }
        isSame = { $0[keyPath: path] == $1[keyPath: path] }
    }
}

/// A table of the configuration file: a struct with a default for everything, and the list of its keys.
///
/// To add one: conform a struct, give `Configuration` a property of it, and name that in `Configuration.sections`.
public protocol ConfigurationSection: Sendable, Equatable {
    /// The table's name.
    static var name: String { get }
    /// Its keys.
    static var settings: [Setting<Self>] { get }
    /// The defaults.
    init()
}

/// A section without its type, as a part of the whole configuration.
struct SectionEntry: Sendable {
    let name: String
    let keys: [String]
    /// Stores a value; returns what the key takes if it is not this one. The key must be one of `keys`.
    let store: @Sendable (_ key: String, TOMLValue, inout Configuration) -> String?
    /// The keys in which two configurations differ.
    let changes: @Sendable (Configuration, Configuration) -> [Configuration.Change]

    init<Section: ConfigurationSection>(_ path: any WritableKeyPath<Configuration, Section> & Sendable) {
        let settings = Section.settings
        name = Section.name
        keys = settings.map(\.key)
        store = { key, value, configuration in
            guard let setting = settings.first(where: { $0.key == key }) else { return "nothing" }
            return setting.store(value, &configuration[keyPath: path]) ? nil : setting.expectation
        }
        changes = { old, new in
            settings.filter { !$0.isSame(old[keyPath: path], new[keyPath: path]) }
                .map { Configuration.Change(key: "\(Section.name).\($0.key)", isLive: $0.isLive) }
        }
    }
}
