/// Writes metrics in Prometheus' text format 0.0.4. Names, help and labels are our own words: nothing needs escaping.
struct MetricsText {
    /// The text so far.
    private(set) var bytes: [UInt8] = []

    /// A value that may fall.
    mutating func gauge(_ name: String, _ help: String, _ value: Double, labels: String = "") {
        begin(name, help, "gauge")
        sample(name, labels, value)
    }

    /// A sum; its name ends with `_total`.
    mutating func counter(_ name: String, _ help: String, _ value: Double) {
        counters(name, help, [(labels: "", value: value)])
    }

    /// Sums that differ in their labels.
    mutating func counters(_ name: String, _ help: String, _ samples: [(labels: String, value: Double)]) {
        begin(name, help, "counter")
        for (labels, value) in samples { sample(name, labels, value) }
    }

    private mutating func begin(_ name: String, _ help: String, _ type: String) {
        bytes += Array("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8)
    }

    private mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        let number = Int(exactly: value).map(String.init) ?? value.description
        bytes += Array((name + (labels.isEmpty ? "" : "{\(labels)}") + " \(number)\n").utf8)
    }
}
