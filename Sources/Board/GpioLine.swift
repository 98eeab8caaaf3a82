import CGpio
import Glibc

/// One line of a GPIO chip, requested until the object is gone. For one thread at a time.
final class GpioLine {
    /// Where a line is and how it is wired.
    struct Place: Sendable, Equatable {
        /// A path, a name such as `gpiochip0`, or a label; empty is the first chip with such a line.
        var chip: String
        /// A name, or an offset.
        var line: String
        /// Whether low voltage means "on".
        var isActiveLow: Bool

        /// For messages.
        var description: String { chip.isEmpty ? line : "\(chip)/\(line)" }
    }

    /// Why a line cannot be used.
    struct Failure: Error, Equatable {
        /// The number of the error.
        let code: Int32

        /// What it means and what to do.
        var message: String {
            switch code {
            case ENOSYS: "libgpiod is not installed; install libgpiod3 (Debian 13) or libgpiod2 (Debian 12)"
            case ENODEV: "there is no such chip; 'gpiodetect' lists those that are there"
            case ENOENT: "the chip has no such line; 'gpioinfo' lists those that are there"
            case EBUSY: "another program or driver uses it; 'gpioinfo' tells which"
            case EACCES, EPERM: "the daemon may not open the chip; add its user to the group of /dev/gpiochip*"
            default: unsafe String(cString: strerror(code))
            }
        }
    }

    private let number: Int32

    /// Requests an output that is off at first.
    init(output place: Place) throws(Failure) {
        number = unsafe cg_open_output(place.chip, place.line, place.isActiveLow ? 1 : 0)
        if number < 0 { throw Failure(code: -number) }
    }

    /// Requests an input that is to be still for `debounceMilliseconds` before an edge counts.
    init(input place: Place, bias: GpioBias, debounceMilliseconds: Int) throws(Failure) {
        number = unsafe cg_open_input(
            place.chip, place.line, place.isActiveLow ? 1 : 0, bias.code, UInt32(clamping: debounceMilliseconds))
        if number < 0 { throw Failure(code: -number) }
    }

    deinit { if number >= 0 { cg_close(number) } }

    /// Switches an output.
    func set(_ isOn: Bool) throws(Failure) {
        let status = cg_set(number, isOn ? 1 : 0)
        if status < 0 { throw Failure(code: -status) }
    }

    /// Waits for an edge of an input: whether it is on now; `nil` if there was none.
    func wait(milliseconds: Int) throws(Failure) -> Bool? {
        let edge = cg_wait(number, Int32(clamping: milliseconds))
        if edge < 0 { throw Failure(code: -edge) }
        return edge == CG_TIMEOUT.rawValue ? nil : edge == CG_ACTIVE.rawValue
    }
}

/// What a chip does to an input that nobody drives.
public enum GpioBias: String, Sendable, CaseIterable {
    /// What it did before.
    case asIs = "as-is"
    /// Draws it up: for a button to ground.
    case pullUp = "pull-up"
    /// Draws it down: for a button to the supply.
    case pullDown = "pull-down"
    /// Nothing: for a line with a resistor of its own.
    case disabled

    fileprivate var code: cg_bias {
        switch self {
        case .asIs: CG_BIAS_AS_IS
        case .pullUp: CG_BIAS_PULL_UP
        case .pullDown: CG_BIAS_PULL_DOWN
        case .disabled: CG_BIAS_DISABLED
        }
    }
}
