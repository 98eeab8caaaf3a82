/// Puts a configuration together from files and variables, and collects what is wrong with them.
struct ConfigurationReading {
    private var configuration = Configuration()
    var errors: [ConfigurationError] = []
    /// More errors than anybody reads.
    private static let mostErrors = 100

    /// Takes over what a file says.
    mutating func take(_ bytes: [UInt8], path: String) {
        let document: TOMLDocument
        do throws(ConfigurationError) {
            document = try TOMLReader.read(bytes, path: path)
        } catch {
            return errors.append(error)
        }
        let before = errors.count
        defer { errors[before...].sort { $0.origin.place < $1.origin.place } }
        var isUnknown: Set<[String]> = []
        for table in document.tables where Self.section(table.path) == nil {
            isUnknown.insert(table.path)
            errors.append(ConfigurationError(table.origin, Self.noSection(table.path)))
        }
        for entry in document.entries {
            // The keys of a table that is wrong itself say nothing new.
            if isUnknown.contains(entry.path.dropLast()) { continue }
            take(entry)
        }
    }

    private mutating func take(_ entry: TOMLEntry) {
        guard let key = entry.path.last, let section = Self.section(entry.path.dropLast()) else {
            return errors.append(ConfigurationError(entry.keyOrigin, Self.noSection(entry.path.dropLast(), entry.path)))
        }
        guard section.keys.contains(key) else {
            let hint = Suggestion.text(for: key, among: section.keys, "its keys")
            return errors.append(ConfigurationError(entry.keyOrigin, "[\(section.name)] has no key '\(key)'\(hint)"))
        }
        if let expectation = section.store(key, entry.value, &configuration) {
            errors.append(
                ConfigurationError(
                    entry.valueOrigin, "\(section.name).\(key) takes \(expectation), not \(entry.value)"))
        }
    }

    /// Takes over variables `MINKE_SECTION_KEY`; others that begin with MINKE_ are not ours.
    mutating func take(_ environment: [String: String]) {
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("MINKE_") {
            let rest = name.dropFirst("MINKE_".count).lowercased()
            guard let section = Configuration.sections.first(where: { rest.hasPrefix($0.name + "_") }) else { continue }
            let key = String(rest.dropFirst(section.name.count + 1))
            guard section.keys.contains(key) else {
                let hint = Suggestion.text(for: key, among: section.keys, "its keys")
                errors.append(ConfigurationError(.variable(name), "[\(section.name)] has no key '\(key)'\(hint)"))
                continue
            }
            store(text, section, key, .variable(name))
        }
    }

    /// Stores what is written without quotes: a string if the key takes one, else a number, a boolean, or a list with
    /// colons between its values.
    private mutating func store(_ text: String, _ section: SectionEntry, _ key: String, _ origin: Origin) {
        let list = text.split(separator: ":").map { TOMLValue.string(String($0)) }
        var expectation = "nothing"
        for value in [.string(text), TOMLReader.scalar(text), .array(list)].compactMap({ $0 }) {
            guard let wanted = section.store(key, value, &configuration) else { return }
            expectation = wanted
        }
        errors.append(
            ConfigurationError(origin, "\(section.name).\(key) takes \(expectation), not '\(text.prefix(60))'"))
    }

    /// The configuration, if nothing is wrong.
    func result() throws(ConfigurationErrors) -> Configuration {
        guard errors.isEmpty else { throw ConfigurationErrors(all: Array(errors.prefix(Self.mostErrors))) }
        return configuration
    }

    private static func section(_ path: some Collection<String>) -> SectionEntry? {
        guard path.count == 1 else { return nil }
        return Configuration.sections.first { $0.name == path.first }
    }

    private static func noSection(_ table: some Collection<String>, _ entry: [String] = []) -> String {
        let names = Configuration.sections.map(\.name)
        guard !table.isEmpty else {
            let homes = Configuration.keys.filter { $0.hasSuffix("." + (entry.last ?? "")) }
            if let home = homes.first { return "'\(entry.last ?? "")' belongs in a table: '\(home)'" }
            let hint = Suggestion.text(for: "", among: names, "tables")
            return "'\(entry.last ?? "")' stands outside of any table\(hint)"
        }
        let name = table.joined(separator: ".")
        return "there is no table [\(name)]\(Suggestion.text(for: name, among: names, "tables"))"
    }
}
