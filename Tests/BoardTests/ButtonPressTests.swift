import Testing

@testable import Board

@Suite struct ButtonPressTests {
    @Test func aShortPressCountsWhenTheButtonIsLetGo() {
        var press = ButtonPress(longMilliseconds: 1500)
        #expect(press.edge(isDown: true, at: 1000) == nil)
        #expect(press.wait(until: 1400) == nil)
        #expect(press.edge(isDown: false, at: 1500) == .short)
        #expect(press.wait(until: 9000) == nil)
    }

    @Test func aLongPressCountsOnceAndWhileHeld() {
        var press = ButtonPress(longMilliseconds: 1500)
        #expect(press.edge(isDown: true, at: 1000) == nil)
        #expect(press.patience(at: 1200) == 1300)
        #expect(press.wait(until: 2499) == nil)
        #expect(press.wait(until: 2500) == .long)
        #expect(press.wait(until: 3000) == nil)
        #expect(press.edge(isDown: false, at: 3200) == nil)
        #expect(press.patience(at: 3300) == nil)
    }

    /// The thread may sleep through the moment at which a press becomes a long one.
    @Test func aLongPressSeenLateIsStillLong() {
        var press = ButtonPress(longMilliseconds: 1500)
        _ = press.edge(isDown: true, at: 0)
        #expect(press.edge(isDown: false, at: 4000) == .long)
    }

    @Test func repeatedEdgesAndALostLineMeanNothing() {
        var press = ButtonPress(longMilliseconds: 1500)
        #expect(press.edge(isDown: false, at: 10) == nil)
        _ = press.edge(isDown: true, at: 100)
        _ = press.edge(isDown: true, at: 1400)
        #expect(press.edge(isDown: false, at: 1601) == .long)
        _ = press.edge(isDown: true, at: 2000)
        press.forget()
        #expect(press.edge(isDown: false, at: 2100) == nil)
        #expect(press.wait(until: 5000) == nil)
    }
}
