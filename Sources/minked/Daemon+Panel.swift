import API
import Board
import Configuration
import Inference
import Kernels
import Logging

/// The lights and the button of the board.
extension Daemon {
    /// Starts to show the daemon's state and to listen to the button, where lines are named for them.
    static func startPanel(_ configuration: Configuration, _ engine: Engine, _ service: Service, _ logger: Logger) {
        let panel = Panel(
            settings(configuration.gpio), logger, state: { lightState(engine, service) },
            pressed: { kind in
                switch kind {
                case .short:
                    logger.notice("button pressed: the running answers end here")
                    engine.cutShort()
                case .long:
                    logger.notice("button held: the running answers end here and the model leaves memory")
                    engine.cutShort()
                    Task { await engine.unload() }
                }
            })
        guard let panel else { return }
        if NamedThread("minke-panel", { panel.run() }) == nil {
            logger.warning("the kernel has no thread left for lights and button; they are not used")
        }
    }

    private static func lightState(_ engine: Engine, _ service: Service) -> LightState {
        if service.isStalled { return .error }
        guard engine.queueDepth() > 0 else { return .ready }
        if engine.loadedModel() == nil { return .loading }
        let restraint = engine.restraint()
        return restraint.pace < 1 || restraint.heldSlotCount < restraint.slotCount ? .throttled : .thinking
    }

    private static func settings(_ section: GpioSection) -> PanelSettings {
        var settings = PanelSettings()
        settings.chip = section.chip ?? ""
        settings.light = section.led
        settings.alert = section.alertLed
        settings.lightsAreActiveLow = section.ledActiveLow
        settings.button = section.button
        settings.buttonIsActiveLow = section.buttonActiveLow
        settings.bias = GpioBias(rawValue: section.buttonBias.rawValue) ?? .asIs
        settings.debounceMilliseconds = Int(section.debounce / .milliseconds(1))
        settings.longMilliseconds = Int(section.longPress / .milliseconds(1))
        return settings
    }
}
