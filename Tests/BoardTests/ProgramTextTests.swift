import Memory
import Testing

@testable import Board

@Suite struct ProgramTextTests {
    @Test func codeAndConstantsOfFilesAreFound() {
        let maps = """
            55d4e4000000-55d4e4002000 r--p 00000000 fe:01 1234                       /usr/bin/minked
            55d4e4002000-55d4e4005000 r-xp 00002000 fe:01 1234                       /usr/bin/minked
            55d4e4005000-55d4e4006000 rw-p 00005000 fe:01 1234                       /usr/bin/minked
            55d4e5000000-55d4e5021000 rw-p 00000000 00:00 0                          [heap]
            7f0000000000-7f0000001000 r-xp 00000000 00:00 0                          [vdso]
            7f0000002000-7f0000004000 r-xp 00000000 fe:01 99                         /usr/lib/a name/libc.so.6
            7f0000004000-7f0000005000 r-xp 00000000 00:00 0
            nonsense
            zz-yy r-xp 00000000 fe:01 99 /usr/lib/x
            """
        let found = ProgramText.mappings(maps)
        #expect(
            found == [
                0x55d4_e400_2000..<0x55d4_e400_5000, 0x7f00_0000_2000..<0x7f00_0000_4000,
                0x55d4_e400_0000..<0x55d4_e400_2000, 0x55d4_e400_5000..<0x55d4_e400_6000,
            ])
    }

    /// What the kernel counts as locked grows, unless a limit forbids all of it.
    @Test func theKernelKeepsThem() throws {
        func locked() throws -> Int {
            let status = try #require(SmallFile.read("/proc/self/status"))
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
            return try #require(Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1])) << 10
        }
        let before = try locked()
        let count = ProgramText.pin()
        #expect(count > 0)
        #expect(try locked() - before == count)
    }
}
