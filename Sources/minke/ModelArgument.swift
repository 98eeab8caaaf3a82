import CLinux
import Server

/// A model named on the command line.
enum ModelArgument {
    /// The name to send: a path that exists is made absolute, anything else is a name the daemon knows.
    static func resolve(_ argument: String) throws -> String {
        guard unsafe cl_path_kind(argument) != 0 else {
            if argument.contains("/") || argument.hasSuffix(".gguf") || argument.hasSuffix(".minke") {
                throw CommandFailure("there is no model at \(argument)")
            }
            return argument
        }
        var path = [CChar](repeating: 0, count: 4097)
        let length = unsafe cl_absolute_path(argument, &path, path.count)
        guard length > 0 else { throw CommandFailure("cannot resolve the path \(argument)") }
        return String(decoding: path[..<Int(length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
