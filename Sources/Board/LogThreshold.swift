import Logging
import Synchronization

/// The least level that is written, for all loggers of the process: a reload may change it.
public enum LogThreshold {
    private static let level = Mutex(Logger.Level.info)

    /// The level now.
    public static var current: Logger.Level {
        get { level.withLock { $0 } }
        set { level.withLock { $0 = newValue } }
    }
}
