import Synchronization

/// The feeds that somebody reads, to end them all.
final class FeedList: Sendable {
    private struct Entry: Sendable {
        weak var feed: GenerationFeed?
    }

    private let entries = Mutex<[Entry]>([])

    func add(_ feed: GenerationFeed) {
        entries.withLock { entries in
            entries.removeAll { $0.feed == nil }
            entries.append(Entry(feed: feed))
        }
    }

    /// Ends every answer with an error that its reader is told of.
    func fail(_ error: any Error) {
        let feeds = entries.withLock { $0.compactMap(\.feed) }
        for feed in feeds { feed.fail(error) }
    }
}
