import Harness

/// Fuzzes the reader of Minke's own files.
@main
enum FuzzStore {
    static func main() {
        fuzz { Inputs.store($0, $1) }
    }
}
