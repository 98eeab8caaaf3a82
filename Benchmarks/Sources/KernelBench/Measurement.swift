/// Something that is measured in several rounds, each for a slice of time.
final class Measurement {
    /// What is measured, for the progress line.
    let name: String
    /// Works for about so many seconds and returns work per second.
    private let measure: (_ seconds: Double) -> Double
    private var rates: [Double] = []

    init(_ name: String, measure: @escaping (_ seconds: Double) -> Double) {
        self.name = name
        self.measure = measure
    }

    /// Work per second in the median round.
    var rate: Double { rates.sorted()[rates.count / 2] }

    /// This rate divided by another one measured in the same rounds: the median of the rounds' quotients, which other
    /// load on the machine disturbs less than it does the rates.
    func fraction(of limit: Measurement) -> Double {
        zip(rates, limit.rates).map { $0 / $1 }.sorted()[rates.count / 2]
    }

    /// Measures all in turn, round after round, so that whatever else the machine does meets all of them.
    static func run(_ measurements: [Measurement], rounds: Int, seconds: Double, progress: Progress) {
        for round in 1...rounds {
            for measurement in measurements {
                progress.show("round \(round) of \(rounds), \(measurement.name)")
                measurement.rates.append(measurement.measure(seconds / Double(rounds)))
            }
        }
        progress.clear()
    }

    /// Repeats `step`, which returns how much work it did, for about `seconds` and returns work per second.
    static func rate(for seconds: Double, _ step: () -> Double) -> Double {
        let start = ContinuousClock.now
        var (work, elapsed) = (0.0, 0.0)
        repeat {
            work += step()
            elapsed = (ContinuousClock.now - start).seconds
        } while elapsed < seconds
        return work / elapsed
    }
}

extension Duration {
    /// Seconds as a number.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
