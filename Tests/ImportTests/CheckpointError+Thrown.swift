import Checkpoint

extension CheckpointError {
    /// What `body` throws of this kind; `nil` if nothing.
    static func thrown(by body: () throws -> Void) -> CheckpointError? {
        do {
            try body()
            return nil
        } catch {
            return error as? CheckpointError
        }
    }
}
