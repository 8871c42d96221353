import NIOCore
import Synchronization

/// Whoever is at the other end of a connection, and whether it is still there.
final class Client: Sendable {
    private struct State {
        var hasLeft = false
        var nextID = 0
        var watchers: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())
    private let close: @Sendable () -> Void

    /// - Parameter close: ends the connection.
    init(close: @escaping @Sendable () -> Void) { self.close = close }

    /// Ends the connection, whatever is still to be sent.
    func disconnect() { close() }

    /// Calls `body` once the client leaves, at once where it has left; until the result is dropped.
    func onLeaving(_ body: @escaping @Sendable () -> Void) -> Watch {
        let id: Int? = state.withLock { state in
            guard !state.hasLeft else { return nil }
            state.nextID += 1
            state.watchers[state.nextID] = body
            return state.nextID
        }
        if id == nil { body() }
        return Watch { [self] in
            guard let id else { return }
            state.withLock { $0.watchers[id] = nil }
        }
    }

    /// Notes that it is gone.
    func leave() {
        let watchers = state.withLock { state in
            state.hasLeft = true
            defer { state.watchers = [:] }
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher() }
    }

    /// Goes on for as long as somebody holds it.
    final class Watch: Sendable {
        private let end: @Sendable () -> Void

        init(_ end: @escaping @Sendable () -> Void) { self.end = end }

        deinit { end() }
    }
}

/// The clients that are connected, by their connections.
final class ClientList: Sendable {
    private let clients = Mutex<[ObjectIdentifier: Client]>([:])

    var count: Int { clients.withLock { $0.count } }

    /// The client of a connection.
    subscript(_ channel: any Channel) -> Client? { clients.withLock { $0[ObjectIdentifier(channel)] } }

    /// Ends every connection.
    func disconnect() {
        let all = clients.withLock { Array($0.values) }
        for client in all { client.disconnect() }
    }

    fileprivate func add(_ channel: any Channel) {
        let client = Client { channel.close(promise: nil) }
        clients.withLock { $0[ObjectIdentifier(channel)] = client }
    }

    fileprivate func leave(_ channel: any Channel) { self[channel]?.leave() }

    fileprivate func remove(_ channel: any Channel) {
        clients.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }?.leave()
    }
}

/// Sees on a connection that its client leaves.
///
/// Reading the body would show that only where nothing else reads it; and then the connection would be of no more use.
final class LeavingHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any
    typealias InboundOut = Any

    private let clients: ClientList

    init(_ clients: ClientList) { self.clients = clients }

    func handlerAdded(context: ChannelHandlerContext) { clients.add(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { clients.remove(context.channel) }

    func channelInactive(context: ChannelHandlerContext) {
        clients.remove(context.channel)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Who sends nothing more has gone: HTTP's clients do not close halves.
        if case .inputClosed = event as? ChannelEvent { clients.leave(context.channel) }
        context.fireUserInboundEventTriggered(event)
    }
}
