import Glibc
package import LlamaradaErrors

/// What the system does not give, because of a limit on the user or the process.
package struct SystemLimitError: LlamaradaError {
    /// What there is too little of.
    package enum Code: Sendable {
        case threads, memory, files
    }

    package let code: Code
    /// What was asked for and what there was.
    package let problem: String
    package let remedy: Remedy

    /// One line: problem and remedy.
    package var description: String { line(spelling: \.words) }
}

/// Asks for threads and files before work begins that can't do without.
///
/// Where a thread can't be made, Dispatch and with it Swift's tasks wait for one for ever, a second at a time.
package enum SystemLimits {
    /// What a small model needs beside threads: with less, allocations have failed, which ends the process.
    private static let leastMemory = 24 << 20

    /// Throws unless that many threads more can run at once, with some memory to work in.
    package static func requireThreads(_ count: Int) throws(SystemLimitError) {
        if isAddressSpaceLimited { shareOneArena() }
        var hasMemory = true
        let (made, problem) = makeThreads(count) { hasMemory = canMap(leastMemory) }
        if made < count {
            throw SystemLimitError(
                code: .threads,
                problem: "Cannot create a thread: \(String(cString: strerror(problem))); \(count) are needed, "
                    + "\(made) could be made",
                remedy: .either(.raiseLimit(.processes), .raiseLimit(.memory)))
        }
        if !hasMemory {
            throw SystemLimitError(
                code: .memory, problem: "Cannot get \(leastMemory >> 20) MiB of memory",
                remedy: .raiseLimit(.memory))
        }
    }

    private static var isAddressSpaceLimited: Bool {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 && limit.rlim_cur != rlim_t.max
    }

    /// Makes threads allocate from one arena: glibc else reserves 64 MiB of addresses for a thread's first allocation, which
    /// under a limit are then missing for whichever allocation comes next, and that ends the process.
    ///
    /// mallopt is not among what Swift's Glibc module has; other C libraries have no such arenas.
    private static func shareOneArena() {
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
        let arenaMax: CInt = -8
        _ = mallopt(arenaMax, 1)
    }

    private static func canMap(_ byteCount: Int) -> Bool {
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard memory != MAP_FAILED else { return false }
        munmap(memory, byteCount)
        return true
    }

    /// How many of `count` threads more can run at once.
    package static func availableThreads(_ count: Int) -> Int { makeThreads(count).made }

    /// Throws unless that many files more can be open at once.
    package static func requireFiles(_ count: Int) throws(SystemLimitError) {
        var open: [CInt] = []
        defer { for descriptor in open { close(descriptor) } }
        while open.count < count {
            let descriptor = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw SystemLimitError(
                    code: .files,
                    problem: "Cannot open a file: \(String(cString: strerror(errno))); \(count) are needed at "
                        + "once, \(open.count) could be opened",
                    remedy: .raiseLimit(.openFiles))
            }
            open.append(descriptor)
        }
    }

    /// Makes threads that all wait until the last is there, calls `body`, and ends them.
    private static func makeThreads(_ count: Int, _ body: () -> Void = {}) -> (made: Int, problem: CInt) {
        let gate = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        sem_init(gate, 0, 0)
        defer {
            sem_destroy(gate)
            gate.deallocate()
        }
        var threads: [pthread_t] = []
        var problem: CInt = 0
        while threads.count < count, problem == 0 {
            var thread = pthread_t()
            problem = pthread_create(&thread, nil, waitAtGate, gate)
            if problem == 0 { threads.append(thread) }
        }
        body()
        for _ in threads { sem_post(gate) }
        for thread in threads { pthread_join(thread, nil) }
        return (threads.count, problem)
    }
}

/// What each of the threads does.
private func waitAtGate(_ gate: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let gate = gate?.assumingMemoryBound(to: sem_t.self) else { return nil }
    while sem_wait(gate) != 0, errno == EINTR {}
    return nil
}
