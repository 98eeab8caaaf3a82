/// Rows and columns of an FP8 matrix that share a factor.
public struct ScaleBlock: Sendable, Equatable {
    let rows: Int
    let columns: Int

    /// Blocks in a column of `count` rows.
    func count(ofRows count: Int) -> Int { (count + rows - 1) / rows }

    /// Blocks in a row of `count` columns.
    func count(ofColumns count: Int) -> Int { (count + columns - 1) / columns }
}
