/// The rules of JSON that every schema uses, made once for a program.
enum CommonRule: Hashable {
    case gap
    case string
    case number
    case integer
    case value(levels: Int)
    case object(levels: Int)
    case array(levels: Int)
    case characters(CodePointSet)
}
