import CLinux
import Glibc

/// The variables of this process's environment.
enum Environment {
    /// All of them. Before other threads change any.
    static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = [CChar](repeating: 0, count: 128 << 10)
        for index in 0... {
            let length = unsafe cl_environment_entry(index, &entry, entry.count)
            if length == -ENOENT { break }
            // One that does not fit is none of ours.
            guard length > 0 else { continue }
            let text = String(decoding: entry[..<Int(length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard let equals = text.firstIndex(of: "=") else { continue }
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return variables
    }
}
