import Kernels
import Memory

/// The answers that are generated together: every pass through the model carries the next token of each, so that what
/// is read from disk and memory serves all of them.
///
/// Prompts are read one at a time, in pieces, between which the others generate for as long as a piece took. When the
/// budget has no room for all contexts, those that came last make room and are read again later: an answer takes
/// longer, but does not fail for the sake of another one. On the engine's thread.
struct GenerationBatch {
    /// In the order in which they began.
    private(set) var generations: [Generation] = []
    /// Seconds for which the others may go on before the next piece of a prompt.
    private var owedSeconds = 0.0

    /// Tokens of a prompt that pass at a time beside others, where all weights are in memory. Where they are not, a piece
    /// reads most experts, however short it is.
    private static let pieceBesideOthers = 64

    /// An answer that ended: complete, given up, or failed.
    typealias End = (generation: Generation, failure: GenerationError?)

    /// An answer and what of it passes through the model next.
    private typealias Member = (generation: Generation, part: BatchPart)

    /// The logits behind the last token of a part, if they are wanted.
    private typealias Outcome = Result<[Float]?, any Error>

    /// What the contexts of all hold.
    var known: [PrefixCache.Known] { generations.map(\.known) }

    /// Takes an answer in.
    mutating func add(_ generation: Generation) { generations.append(generation) }

    /// Passes the next tokens through `model`; returns the answers that ended.
    mutating func step(_ model: Model, _ pacer: Pacer? = nil) -> [End] {
        var ended = generations.filter(\.job.isUnwanted).map { End($0, $0.job.isLate ? .late : nil) }
        for (generation, _) in ended where generation.job.isCutShort { generation.complete() }
        remove(ended)
        let members: [Member]
        do {
            members = try grown(nextMembers(model))
        } catch {
            // Nobody else is left who could make room.
            ended += generations.filter { !$0.isSuspended }.map { End($0, GenerationError(wrapping: error)) }
            remove(ended)
            return ended
        }
        let start = ContinuousClock.now
        let outcomes = pass(members, model, pacer)
        let seconds = (ContinuousClock.now - start).seconds
        let reads = members.contains { $0.part.tokens.count > 1 }
        owedSeconds = reads ? seconds : max(0, owedSeconds - seconds)
        let completed = zip(members, outcomes).compactMap { Self.end(of: $0.generation, $1) }
        // A prompt needs far more room than single tokens do.
        if reads, !generations.contains(where: \.isReading) { model.compute.workspace.releaseSpares() }
        remove(completed)
        return ended + completed
    }

    /// Gives `generation` what was computed for it; how it ended, if it did.
    private static func end(of generation: Generation, _ outcome: Outcome) -> End? {
        do {
            guard try generation.advance(outcome.get()) else { return nil }
            generation.complete()
            return (generation, nil)
        } catch is CancellationError {
            // The next step takes note of whose answer is not wanted any more.
            return nil
        } catch {
            return (generation, GenerationError(wrapping: error))
        }
    }

    /// Forgets answers that ended; the first of those that made room for them goes on.
    private mutating func remove(_ ended: [End]) {
        guard !ended.isEmpty else { return }
        for (generation, _) in ended { generation.keepContext() }
        generations.removeAll { generation in ended.contains { $0.generation === generation } }
        guard let waiting = generations.first(where: \.isSuspended) else { return }
        waiting.resume(beside: generations.filter { !$0.isSuspended }.map(\.known))
    }

    // MARK: A pass

    /// Who takes part in the next pass: everybody who generates, and one whose prompt is read.
    private func nextMembers(_ model: Model) -> [Member] {
        let active = generations.filter { !$0.isSuspended }
        let writers = active.filter { !$0.isReading }
        let reader = active.first { $0.isReading && (writers.isEmpty || owedSeconds <= 0) }
        let isShort = active.count > 1 && model.disk == nil
        let piece = isShort ? min(Self.pieceBesideOthers, model.prefillChunk) : model.prefillChunk
        return (writers + [reader].compactMap { $0 }).map { ($0, $0.part(atMost: piece)) }
    }

    /// Makes room for the tokens of `members`; those that came last leave if there is none. Throws if there is none for
    /// the only one.
    private func grown(_ members: [Member]) throws -> [Member] {
        for (generation, part) in members {
            while !generation.isSuspended {
                do {
                    try part.cache.grow(by: part.tokens.count)
                    break
                } catch {
                    let active = generations.filter { !$0.isSuspended }
                    guard active.count > 1 else { throw error }
                    active[active.count - 1].suspend()
                }
            }
        }
        return members.filter { !$0.generation.isSuspended }
    }

    /// What the model makes of `members`; if that fails, of each of them alone, so that whoever does not need what
    /// cannot be read is not affected.
    private func pass(_ members: [Member], _ model: Model, _ pacer: Pacer?) -> [Outcome] {
        do {
            let logits = try model.forward(members.map(\.part), pacer: pacer) { Self.isUnwanted(members) }
            var row = 0
            return members.map { member in
                guard member.part.logits == .last else { return .success(nil) }
                defer { row += 1 }
                return .success(logits.values(row: row))
            }
        } catch {
            guard members.count > 1, !(error is CancellationError) else { return members.map { _ in .failure(error) } }
            return members.flatMap { pass([$0], model, pacer) }
        }
    }

    /// Whether a pass should end: nobody wants it, or not the one whose prompt makes it long.
    private static func isUnwanted(_ members: [Member]) -> Bool {
        let reader = members.first { $0.part.tokens.count > 1 }
        return reader?.generation.job.isUnwanted ?? members.allSatisfy(\.generation.job.isUnwanted)
    }
}
