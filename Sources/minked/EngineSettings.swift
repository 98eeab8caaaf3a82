import Kernels
import Logging

/// What the command line says about the engine.
struct EngineSettings: Sendable {
    /// The default model: a name or a path.
    var model: String?
    /// Folders searched for models, in order.
    var modelFolders: [String]
    /// Threads that compute; `nil` leaves it to the engine.
    var threadCount: Int?
    /// Memory budget in bytes; `nil` leaves it to the engine.
    var memoryByteCount: Int?
    /// Context length in tokens; `nil` leaves it to the engine.
    var contextLength: Int?
    /// Arithmetic of the models.
    var precision: Precision
    /// Where contexts are kept between runs; `nil` keeps none.
    var contextFolder: String?
    /// Bytes that they may take.
    var contextByteLimit: Int
    /// Requests that may wait.
    var queueLimit: Int
    /// Answers that may be generated together.
    var sessionLimit: Int
    /// Where the engine reports what it does.
    var logger: Logger
}
