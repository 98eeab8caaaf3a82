/// What a service needs to know beside the engine.
public struct ServiceConfiguration: Sendable {
    /// A comment is sent this often while a stream has nothing to say yet.
    public var keepaliveInterval: Duration = .seconds(5)
    /// A request that runs while no piece of work was done for this long is stuck, as far as monitors are told.
    public var stallInterval: Duration = .seconds(20)
    /// The user whose daemon this is; it and root may stop the daemon and name models by path.
    public var ownerUserID: UInt32

    /// Who answers for models that are not held here; `nil` for nobody.
    public var upstream: Upstream?

    /// The defaults, for the user that runs this process.
    public init(ownerUserID: UInt32) { self.ownerUserID = ownerUserID }
}
