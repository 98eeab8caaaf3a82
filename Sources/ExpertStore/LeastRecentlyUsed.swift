/// Evicts the expert whose last use is longest ago.
public struct LeastRecentlyUsed: EvictionPolicy {
    /// A place in the list from the oldest to the newest; place 0 is both ends.
    private struct Node {
        var key: ExpertKey
        var older = 0
        var newer = 0
    }

    private var nodes = [Node(key: ExpertKey(layer: -1, expert: -1))]
    private var places: [ExpertKey: Int] = [:]
    private var spare: [Int] = []

    /// A policy that knows no expert.
    public init() {}

    /// Makes `key` the newest.
    public mutating func use(_ key: ExpertKey, tokenCount: Int) {
        let place: Int
        if let known = places[key] {
            unlink(known)
            place = known
        } else if let free = spare.popLast() {
            nodes[free].key = key
            place = free
        } else {
            nodes.append(Node(key: key))
            place = nodes.count - 1
        }
        places[key] = place
        let newest = nodes[0].older
        nodes[place].older = newest
        nodes[place].newer = 0
        nodes[newest].newer = place
        nodes[0].older = place
    }

    /// The oldest that may go.
    public mutating func evict(where mayGo: (ExpertKey) -> Bool) -> ExpertKey? {
        var place = nodes[0].newer
        while place != 0 {
            let key = nodes[place].key
            if mayGo(key) {
                unlink(place)
                places[key] = nil
                spare.append(place)
                return key
            }
            place = nodes[place].newer
        }
        return nil
    }

    private mutating func unlink(_ place: Int) {
        let node = nodes[place]
        nodes[node.older].newer = node.newer
        nodes[node.newer].older = node.older
    }
}
