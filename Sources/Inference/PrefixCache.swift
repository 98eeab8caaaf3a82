import Memory
import Tokenizer

/// Contexts of earlier requests: one that begins like them need not compute that part again.
///
/// A cached row has the same bits whoever wrote it, so answers do not depend on what was there. The contexts share the
/// memory budget with the one that runs: whatever needs memory lets the oldest go. Used by the engine's thread alone.
final class PrefixCache {
    /// A context that somebody else uses, and tokens of which it holds the first ones.
    struct Known {
        let tokens: [TokenID]
        let cache: KVCache

        /// Tokens that it has in common with the beginning of `prompt`.
        func sharedCount(_ prompt: [TokenID]) -> Int {
            min(cache.count, PrefixCache.sharedCount(tokens, prompt))
        }
    }

    private struct Entry {
        let tokens: [TokenID]
        let cache: KVCache
        /// Whether it is on disk too.
        var isStored = false
    }

    /// The one used last at the end.
    private var entries: [Entry] = []
    private let entryLimit: Int
    private let folder: ContextFolder?
    /// Contexts on disk.
    private var stored: [ContextFile]

    /// Keeps at most so many contexts in memory, and finds those of up to `contextLength` tokens in `folder` again.
    init(entryLimit: Int = 16, folder: ContextFolder? = nil, contextLength: Int = 0) {
        self.entryLimit = entryLimit
        self.folder = folder
        stored = folder?.contexts(contextLength: contextLength) ?? []
    }

    /// A context that holds as much of the beginning of `prompt` as any; all but its last token at most, whose logits
    /// are wanted. What `others` have, who go on with it, is copied. An empty one comes from `make`.
    func context(for prompt: [TokenID], beside others: [Known] = [], make: () -> KVCache) -> KVCache {
        if let restored = restore(prompt, make) { return restored }
        let shared = entries.map { Self.sharedCount($0.tokens, prompt) }
        let best = shared.indices.max { shared[$0] <= shared[$1] && shared[$1] > 0 }
        let count = best.map { shared[$0] } ?? 0
        if let other = others.max(by: { $0.sharedCount(prompt) < $1.sharedCount(prompt) }),
            other.sharedCount(prompt) > count + Self.worthReading,
            let copy = copy(min(other.sharedCount(prompt), prompt.count - 1), of: other.cache, make)
        {
            return copy
        }
        guard let best, count > 0 else { return prepared(make()) }
        return take(best, min(count, prompt.count - 1), make)
    }

    /// The first `count` positions of an entry: the entry itself, or a copy.
    private func take(_ index: Int, _ count: Int, _ make: () -> KVCache) -> KVCache {
        let entry = entries.remove(at: index)
        // Most of what is there would be lost: it is worth a copy, if there is memory for one.
        if entry.cache.count > 2 * count || entry.cache.count > count + 64 {
            entries.append(entry)
            if let copy = copy(count, of: entry.cache, make) { return copy }
            entries.removeAll { $0.cache === entry.cache }
        }
        entry.cache.truncate(to: count)
        return prepared(entry.cache)
    }

    /// The first `count` positions of `cache` again; `nil` if there is no memory for them.
    private func copy(_ count: Int, of cache: KVCache, _ make: () -> KVCache) -> KVCache? {
        let copy = prepared(make())
        return (try? copy.copy(count, of: cache)) == nil ? nil : copy
    }

    /// What is on disk of the beginning of `prompt`, if that is more than what is in memory.
    private func restore(_ prompt: [TokenID], _ make: () -> KVCache) -> KVCache? {
        let known = entries.map { Self.sharedCount($0.tokens, prompt) }.max() ?? 0
        while let (file, shared) = stored.map({ ($0, Self.sharedCount($0.tokens, prompt)) }).max(by: { $0.1 < $1.1 }),
            shared > known + Self.worthReading
        {
            let cache = prepared(make())
            switch load(file, into: cache) {
            case .complete:
                cache.truncate(to: min(shared, prompt.count - 1))
                return cache
            case .tooLarge: return nil
            case .unreadable: continue
            }
        }
        return nil
    }

    /// Brings what was written to disk last back to memory while nobody waits, so that who goes on with it need not
    /// wait for the disk. Nothing makes room for it.
    func recall(_ make: () -> KVCache) {
        guard entries.isEmpty, let file = stored.max(by: { $0.writtenAt < $1.writtenAt }) else { return }
        let cache = make()
        guard load(file, into: cache) == .complete else { return }
        entries.append(Entry(tokens: file.tokens, cache: cache, isStored: true))
    }

    /// What came of reading a context from disk.
    private enum Reading {
        case complete
        /// There is no memory for it.
        case tooLarge
        /// It is damaged, or gone.
        case unreadable
    }

    /// Reads a context from disk; one that cannot be read will not be asked again.
    private func load(_ file: ContextFile, into cache: KVCache) -> Reading {
        do {
            try file.load(into: cache)
            return .complete
        } catch is MemoryError {
            return .tooLarge
        } catch {
            folder?.remove(file)
            stored.removeAll { $0.path == file.path }
            return .unreadable
        }
    }

    /// Tokens that are computed as fast as they are read.
    private static let worthReading = 8

    /// Writes what is in memory to disk, what was used last first, as long as nobody `isCancelled`.
    func persist(isCancelled: () -> Bool) {
        guard let folder else { return }
        for index in entries.indices.reversed() where !entries[index].isStored && !isCancelled() {
            let entry = entries[index]
            guard entry.tokens.count > Self.worthReading else { continue }
            do {
                guard let file = try folder.keep(entry.tokens, entry.cache, isCancelled: isCancelled) else { continue }
                // What is the beginning of another one, or replaced by it, is of no more use.
                for old in stored where Self.sharedCount(old.tokens, file.tokens) == old.tokens.count {
                    if old.path != file.path { folder.remove(old) }
                }
                stored.removeAll { Self.sharedCount($0.tokens, file.tokens) == $0.tokens.count }
                stored.append(file)
                entries[index].isStored = true
            } catch {
                // A full disk, or a request that should not wait: the contexts stay in memory.
                return
            }
        }
    }

    /// Whether anything in memory is not on disk.
    var hasNews: Bool { folder != nil && entries.contains { !$0.isStored && $0.tokens.count > Self.worthReading } }

    /// Keeps `cache`, which holds the first of `tokens`.
    func keep(_ cache: KVCache, _ tokens: [TokenID]) {
        cache.makesRoom = { false }
        guard cache.count > 0 else { return }
        let known = Array(tokens.prefix(cache.count))
        // What is a beginning of this one is of no more use.
        entries.removeAll { Self.sharedCount($0.tokens, known) == $0.tokens.count }
        entries.append(Entry(tokens: known, cache: cache))
        if entries.count > entryLimit { entries.removeFirst() }
    }

    /// Lets the context go that was not used for longest; `false` if there is none.
    func dropOldest() -> Bool {
        guard !entries.isEmpty else { return false }
        entries.removeFirst()
        return true
    }

    private func prepared(_ cache: KVCache) -> KVCache {
        cache.makesRoom = { [weak self] in self?.dropOldest() ?? false }
        return cache
    }

    private static func sharedCount(_ a: [TokenID], _ b: [TokenID]) -> Int {
        zip(a, b).prefix { $0 == $1 }.count
    }
}
