import Testing

@testable import ExpertStore

/// What is read when: demands before everything else, the rest while the disk would be idle.
@Suite struct ReadScheduleTests {
    final class Read: PartwiseRead {
        let partCount: Int

        init(_ partCount: Int) { self.partCount = partCount }

        func read(part: Int) {}

        func abandon(partCount: Int) {}
    }

    static func next(_ schedule: inout ReadSchedule) throws -> ReadSchedule.Task {
        let task = schedule.next()
        return try #require(task)
    }

    @Test func demandsComeFirstAndInOrder() throws {
        var schedule = ReadSchedule()
        let (ahead, first, second) = (Read(2), Read(2), Read(1))
        schedule.add(ahead, .expected)
        schedule.add(first, .demanded)
        schedule.add(second, .demanded)
        var running: [ReadSchedule.Task] = []
        while let task = schedule.next() { running.append(task) }
        // While a demand is being read, nothing else begins.
        #expect(running.map(\.part) == [0, 1, 0])
        #expect(running[0].read === first && running[1].read === first && running[2].read === second)
        for task in running {
            #expect(!schedule.hasNext)
            schedule.finish(task)
        }
        let last = try Self.next(&schedule)
        #expect(last.read === ahead)
    }

    @Test func idleReadsLeaveTheDiskToDemandsSoon() throws {
        var schedule = ReadSchedule()
        for _ in 0..<4 { schedule.add(Read(3), .warming) }
        let running = [try Self.next(&schedule), try Self.next(&schedule)]
        #expect(!schedule.hasNext)
        // A demand is let in beside them.
        let demand = Read(1)
        schedule.add(demand, .demanded)
        let task = try Self.next(&schedule)
        #expect(task.read === demand)
        schedule.finish(running[0])
        #expect(!schedule.hasNext)
        schedule.finish(task)
        #expect(schedule.hasNext)
        // What is worth more than warming is read by more threads.
        schedule.add(Read(4), .expected)
        for _ in 0..<3 { _ = try Self.next(&schedule) }
        #expect(!schedule.hasNext)
    }

    @Test func theUrgentOnesOfTheIdleComeFirst() throws {
        var schedule = ReadSchedule()
        let (warming, expected, certain) = (Read(1), Read(1), Read(1))
        schedule.add(warming, .warming)
        schedule.add(expected, .expected)
        schedule.add(certain, .certain)
        var order: [any PartwiseRead] = []
        while let task = schedule.next() {
            order.append(task.read)
            schedule.finish(task)
        }
        #expect(order.count == 3 && order[0] === certain && order[1] === expected && order[2] === warming)
    }

    @Test func aPromotedReadIsADemand() throws {
        var schedule = ReadSchedule()
        let (other, read) = (Read(2), Read(3))
        schedule.add(other, .expected)
        schedule.add(read, .warming)
        let first = try Self.next(&schedule)
        schedule.promote(read)
        for part in 0..<3 {
            let task = try Self.next(&schedule)
            #expect(task.read === read && task.part == part)
        }
        #expect(!schedule.hasNext)
        schedule.finish(first)
        #expect(!schedule.hasNext)
        // What is not there any more cannot be promoted.
        schedule.promote(read)
        #expect(!schedule.hasNext)
    }

    @Test func whatIsRemovedIsNotRead() throws {
        var schedule = ReadSchedule()
        let read = Read(3)
        schedule.add(read, .demanded)
        let task = try Self.next(&schedule)
        let left = [schedule.remove(read), schedule.remove(read)]
        #expect(left == [2, 0])
        #expect(!schedule.hasNext)
        schedule.finish(task)
        #expect(!schedule.hasNext)
    }
}
