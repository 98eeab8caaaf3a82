import Harness

/// Fuzzes the GGUF reader.
@main
enum FuzzGGUF {
    static func main() {
        fuzz { Inputs.gguf($0, $1) }
    }
}
