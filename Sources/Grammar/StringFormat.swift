/// The values of `format` that are enforced.
///
/// In the 2020-12 standard `format` is an annotation: any other value is accepted and has no effect, and the texts
/// these patterns exclude are excluded for the reader's benefit.
enum StringFormat {
    /// The pattern of a format's texts, if it is enforced.
    static func pattern(_ name: String) -> String? {
        switch name {
        case "date": "^\(date)$"
        case "time": "^\(time)$"
        case "date-time": "^\(date)T\(time)$"
        case "duration": "^P(\(duration)|[1-9][0-9]{0,5}W)$"
        case "uuid": "^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$"
        case "ipv4": "^(\(octet)\\.){3}\(octet)$"
        case "email": "^\(local)(\\.\(local))*@\(label)(\\.\(label))+$"
        case "hostname": "^\(label)(\\.\(label))*$"
        default: nil
        }
    }

    /// Every date of the Gregorian calendar: the 29th of February in leap years only.
    private static let date =
        "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
        + "|02-(0[1-9]|1[0-9]|2[0-8]))"
        + "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)"
    private static let time =
        "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
    private static let clock = "T([0-9]{1,6}H([0-9]{1,6}M([0-9]{1,6}S)?)?|[0-9]{1,6}M([0-9]{1,6}S)?|[0-9]{1,6}S)"
    private static let days =
        "([0-9]{1,6}Y([0-9]{1,6}M([0-9]{1,6}D)?)?|[0-9]{1,6}M([0-9]{1,6}D)?|[0-9]{1,6}D)"
    private static let duration = "(\(days)(\(clock))?|\(clock))"
    private static let octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    /// The unquoted part of an address, as RFC 5322 has it.
    private static let local = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    /// Without the bound of 63 characters: each count would be a state of its own.
    private static let label = "[A-Za-z0-9]+(-+[A-Za-z0-9]+)*"
}
