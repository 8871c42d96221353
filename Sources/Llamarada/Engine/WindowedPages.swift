/// The books of what windowed layers keep of a pool's pages.
///
/// Each page that a sequence sees in its window, and as many others as there is room for, has a room: a page of those
/// layers' caches. A sequence lets go of a page's room when its window has passed it; the room then keeps its contents
/// for prompts that begin alike until another page needs it.
struct WindowedPages {
    let capacity: WindowedCapacity
    private let pageSize: Int
    /// By page of the pool; nil where its room was given to another.
    private var rooms: [Int?]
    /// Sequences whose window a page is in.
    private var holders: [Int]
    private var lastUse: [UInt64]
    private var free: [Int]
    /// Pages whose rooms nobody holds.
    private var idle: Set<Int> = []
    /// Rooms that sequences under way may come to hold, together.
    private(set) var promised = 0
    private var uses: UInt64 = 0

    init(_ capacity: WindowedCapacity, pageCount: Int, pageSize: Int) {
        self.capacity = capacity
        self.pageSize = pageSize
        rooms = Array(repeating: nil, count: pageCount)
        holders = Array(repeating: 0, count: pageCount)
        lastUse = Array(repeating: 0, count: pageCount)
        free = Array((0..<capacity.pages).reversed())
    }

    // MARK: Sequences

    /// Most rooms that a sequence holds at once which has so many pages at its end.
    func need(pages: Int) -> Int { min(pages + 1, capacity.pagesPerSlot) }

    /// Whether so many rooms may be promised beside all others. Then one is there whenever it is needed: nobody holds more
    /// than was promised.
    func canPromise(_ count: Int) -> Bool { promised + count <= capacity.pages }

    mutating func promise(_ count: Int) { promised += count }

    mutating func takeBack(_ count: Int) { promised -= count }

    /// The first page of a sequence that the token behind so many positions sees.
    func firstSeen(behind count: Int) -> Int { max(0, count - capacity.length + 1) / pageSize }

    // MARK: Rooms

    /// The room of a page that was not given to another.
    func room(of page: Int) -> Int? { rooms[page] }

    /// Gives a page without contents a room, which its sequence holds: a free one, or that which nobody saw for longest.
    ///
    /// - Returns: the room.
    mutating func take(_ page: Int) -> Int {
        if free.isEmpty, let oldest = idle.min(by: { lastUse[$0] < lastUse[$1] }) { forget(oldest) }
        guard let room = free.popLast() else { preconditionFailure("WindowedPages: promised rooms are not there") }
        rooms[page] = room
        holders[page] = 1
        return room
    }

    /// Notes that one more sequence sees a page.
    mutating func hold(_ page: Int) {
        require(rooms[page] != nil, "WindowedPages", "page \(page) has no room")
        holders[page] += 1
        idle.remove(page)
    }

    /// Notes that a sequence sees a page no more.
    mutating func letGo(_ page: Int) {
        holders[page] -= 1
        guard holders[page] == 0 else { return }
        idle.insert(page)
        uses += 1
        lastUse[page] = uses
    }

    /// Takes the room of a page that nobody sees.
    mutating func forget(_ page: Int) {
        guard let room = rooms[page] else { return }
        require(holders[page] == 0, "WindowedPages", "page \(page) is seen")
        idle.remove(page)
        rooms[page] = nil
        free.append(room)
    }

    // MARK: For reports and tests

    /// Rooms that some sequence's window is in.
    var heldCount: Int { holders.count { $0 > 0 } }

    /// What is wrong with the books.
    ///
    /// - Parameter seen: the pages of each sequence that its window is in.
    func problems(seen: [ArraySlice<Int>]) -> [String] {
        var problems: [String] = []
        var counts = [Int](repeating: 0, count: holders.count)
        for page in seen.joined() { counts[page] += 1 }
        for page in holders.indices where holders[page] != counts[page] {
            problems.append("page \(page)'s room counts \(holders[page]) holders of \(counts[page])")
        }
        for page in holders.indices where (rooms[page] != nil && holders[page] == 0) != idle.contains(page) {
            problems.append("page \(page)'s room is not where it belongs")
        }
        let all = free + rooms.compactMap { $0 }
        if all.sorted() != Array(0..<capacity.pages) { problems.append("rooms are \(all.sorted())") }
        for pages in seen where pages.count > capacity.pagesPerSlot {
            problems.append("a sequence holds \(pages.count) rooms of \(capacity.pagesPerSlot)")
        }
        if heldCount > promised { problems.append("\(heldCount) rooms are held, \(promised) promised") }
        return problems
    }
}
