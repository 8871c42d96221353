import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors

extension ShadersCommand {
    /// A token's estimated time, instead of the kernels' figures.
    func runEstimate() throws {
        guard let gpu, let card = Card.named(gpu) else { throw ValidationError("--estimate needs --gpu.") }
        let report = try options.outline.map { try outlined($0, card) } ?? decoded(gpu, card)
        try StandardOutput.write(json ? report.json.text + "\n" : report.text)
    }

    /// Another program's token: no driver is asked.
    private func outlined(_ path: String, _ card: Card) throws -> EstimateReport {
        EstimateReport(try TokenEstimate(path: path, on: card), subject: path, depth: nil, driver: nil)
    }

    private func decoded(_ gpu: String, _ card: Card) throws -> EstimateReport {
        try AbsentGPU(named: gpu).select()
        let device = try Device(self.device.selection, purpose: .compiling)
        guard device.capturesStatistics else { throw silentDriver(device.description) }
        let (subject, configuration, tensors) = try subject()
        let driver = "\(device.description.driver) \(device.description.driverInfo)"
        if let tokens = options.prompt {
            let pass = try StepOutline.prompt(
                tensors: tensors, configuration: configuration, device: device, tokens: tokens,
                precision: options.precision.wish, keyCacheType: cacheTypeK, valueCacheType: cacheTypeV)
            return EstimateReport(
                try TokenEstimate(pass, tokens: tokens, on: card), subject: subject, depth: nil, driver: driver)
        }
        let pass = try StepOutline.decoding(
            tensors: tensors, configuration: configuration, device: device, depth: options.depth,
            keyCacheType: cacheTypeK, valueCacheType: cacheTypeV)
        return EstimateReport(
            try TokenEstimate(pass, on: card), subject: subject, depth: options.depth, driver: driver)
    }

    private func subject() throws -> (String, ModelConfiguration, ModelTensors) {
        if let size = options.size, let type = options.type {
            let configuration = size.configuration
            return ("\(size.name) \(type.mixture.name)", configuration, type.mixture.tensors(configuration))
        }
        let file = try GGUFFile.open(path: model ?? "")
        let configuration = try ModelConfiguration(gguf: file)
        return (model ?? "", configuration, try ModelTensors(file, configuration))
    }
}
