import Kernels

/// The machine's processors.
public enum Processors {
    /// How many threads compute unless the user says otherwise: one for each fast core.
    public static var count: Int { PerformanceCores.ofThisMachine.count }
}
