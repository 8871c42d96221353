import Glibc
import Synchronization

/// A line of a terminal, edited and with a history: libedit's entry points that are named as readline's, by dlopen.
///
/// The library reads characters through a function of ours, which waits for Ctrl-C too: its own waits for ever.
final class LineEditor: Sendable {
    private typealias ReadLine = @convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>?
    private typealias AddHistory = @convention(c) (UnsafePointer<CChar>) -> CInt
    private typealias Resize = @convention(c) () -> Void
    private typealias ReadCharacter = @convention(c) (OpaquePointer?) -> CInt
    private typealias Hook = @convention(c) () -> CInt
    private typealias PrepareTerminal = @convention(c) (CInt) -> Void
    private typealias Key = @convention(c) (CInt, CInt) -> CInt
    private typealias BindKey = @convention(c) (CInt, Key) -> CInt

    // Safety: a handle, which is only given to dlsym.
    private nonisolated(unsafe) static let library = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL)
    /// Begins editing; does nothing where editing is off.
    private static let takeTerminal = dlsym(library, "rl_prep_terminal").map {
        unsafeBitCast($0, to: PrepareTerminal.self)
    }

    private let readLine: ReadLine
    private let addHistory: AddHistory
    private let resize: Resize?

    /// Nil where the library or a terminal that can be edited is not there.
    init?() {
        guard let name = getenv("TERM"), strcmp(name, "dumb") != 0, name.pointee != 0,
            let library = Self.library,
            let readLine = dlsym(library, "readline"), let addHistory = dlsym(library, "add_history"),
            let reader = dlsym(library, "rl_getc_function"), let catches = dlsym(library, "rl_catch_signals"),
            let beforeInput = dlsym(library, "rl_pre_input_hook"), Self.takeTerminal != nil
        else { return nil }
        self.readLine = unsafeBitCast(readLine, to: ReadLine.self)
        self.addHistory = unsafeBitCast(addHistory, to: AddHistory.self)
        resize = dlsym(library, "rl_resize_terminal").map { unsafeBitCast($0, to: Resize.self) }
        // Its handlers send each signal on to the whole group of processes.
        catches.storeBytes(of: 0, as: CInt.self)
        let read: ReadCharacter = { _ in TerminalCharacters.next() }
        reader.storeBytes(of: read, as: ReadCharacter.self)
        // The library shows the prompt and only then takes the terminal. Between the two the terminal would still gather
        // lines, and an end of input typed there would come as a null character instead.
        let hook: Hook = {
            LineEditor.takeTerminal?(1)
            return 0
        }
        beforeInput.storeBytes(of: hook, as: Hook.self)
        // It takes texts apart by the locale's characters.
        setlocale(LC_CTYPE, "")
        if let codes = nl_langinfo(CInt(CODESET)), strcmp(codes, "UTF-8") != 0 { setlocale(LC_CTYPE, "C.UTF-8") }
        // Names of files are no help here.
        guard let bind = dlsym(library, "rl_bind_key"), let insert = dlsym(library, "rl_insert") else { return }
        _ = unsafeBitCast(bind, to: BindKey.self)(9, unsafeBitCast(insert, to: Key.self))
    }

    /// The next line.
    func next(_ prompt: String, wake: CInt) -> ChatInput.Line {
        TerminalCharacters.begin(wake: wake)
        resize?()
        guard let bytes = prompt.withCString(readLine) else {
            return TerminalCharacters.wasInterrupted ? .interrupted : .end
        }
        defer { free(bytes) }
        let line = String(cString: bytes)
        if !line.isEmpty { _ = addHistory(bytes) }
        return .line(line)
    }
}

/// The characters of the terminal, one after the other.
private enum TerminalCharacters {
    private static let wake = Atomic<CInt>(-1)
    private static let interrupted = Atomic(false)

    static var wasInterrupted: Bool { interrupted.load(ordering: .relaxed) }

    static func begin(wake descriptor: CInt) {
        wake.store(descriptor, ordering: .relaxed)
        interrupted.store(false, ordering: .relaxed)
    }

    /// The next code point; negative at the end and once Ctrl-C was pressed.
    static func next() -> CInt {
        guard waits(), let first = byte() else { return -1 }
        guard first >= 0x80 else { return CInt(first) }
        var sequence = [first]
        let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        while sequence.count < count, let next = byte() { sequence.append(next) }
        return CInt(bitPattern: String(decoding: sequence, as: UTF8.self).unicodeScalars.first?.value ?? 0xFFFD)
    }

    /// False once Ctrl-C was pressed.
    private static func waits() -> Bool {
        var polled = [STDIN_FILENO, wake.load(ordering: .relaxed)].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while poll(&polled, 2, -1) < 0 { if errno != EINTR { return false } }
        guard polled[1].revents != 0 else { return true }
        interrupted.store(true, ordering: .relaxed)
        return false
    }

    private static func byte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            return count == 1 ? byte : nil
        }
    }
}
