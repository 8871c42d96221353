/// Layers whose attention sees the last positions only, in turn with others that see all.
package struct AttentionWindow: Sendable, Equatable {
    /// Positions that a token sees, itself included.
    package var length: Int
    /// Of so many layers the last one sees everything; 0 where none does.
    package var period: Int
    /// The base of the rotary frequencies in layers with a window.
    package var ropeBase: Double

    package init(length: Int, period: Int, ropeBase: Double) {
        self.length = length
        self.period = period
        self.ropeBase = ropeBase
    }

    /// How far back a layer sees.
    package func reach(ofLayer layer: Int) -> AttentionReach {
        period == 0 || layer % period < period - 1 ? .windowed : .full
    }
}

extension ModelConfiguration {
    /// How far back a layer sees.
    package func reach(ofLayer layer: Int) -> AttentionReach { window?.reach(ofLayer: layer) ?? .full }

    /// How many layers have a window.
    package var windowedLayerCount: Int { (0..<layerCount).count { reach(ofLayer: $0) == .windowed } }

    /// Every reach that a layer may have.
    package var reaches: [AttentionReach] { window == nil ? [.full] : [.full, .windowed] }

    /// The attention of a layer.
    package func attentionShape(ofLayer layer: Int) -> AttentionShape {
        AttentionShape(
            heads: headCount, kvHeads: kvHeadCount, headDim: headDim,
            window: reach(ofLayer: layer) == .windowed ? window?.length : nil, scale: attentionScale)
    }
}
