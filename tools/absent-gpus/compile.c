// Compiles one SPIR-V compute shader with the only Vulkan device there is, which may be a fake one, and prints what the
// driver tells about it as a JSON object: subgroup, statistics by the driver's names, machine code.
// usage: compile FILE.spv SUBGROUP BINDINGS PUSHBYTES [ID=VALUE…]
// SUBGROUP is asked for, and full subgroups with it. Storage buffers only; no robust access, which changes code.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

enum { most = 64 };

static void check(VkResult result, const char *what) {
    if (result == VK_SUCCESS) return;
    fprintf(stderr, "compile: %s: %d\n", what, result);
    exit(1);
}

static uint32_t *read_code(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint32_t *code = malloc(*size + 4);
    if (fread(code, 1, *size, file) != *size) { perror(path); exit(1); }
    fclose(file);
    return code;
}

static void print_text(const char *text) {
    putchar('"');
    for (; *text; text++) {
        if (*text == '\n') fputs("\\n", stdout);
        else if (*text == '"' || *text == '\\') printf("\\%c", *text);
        else if ((unsigned char)*text < ' ') printf("\\u%04x", *text);
        else putchar(*text);
    }
    putchar('"');
}

static VkDevice open_device(void) {
    VkApplicationInfo application = {VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_3};
    VkInstanceCreateInfo info = {VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application};
    VkInstance instance;
    check(vkCreateInstance(&info, NULL, &instance), "vkCreateInstance");
    uint32_t count = 1;
    VkPhysicalDevice physical;
    vkEnumeratePhysicalDevices(instance, &count, &physical);
    if (count == 0) { fputs("compile: no device\n", stderr); exit(1); }
    VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executable = {
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR};
    VkPhysicalDeviceVulkan13Features f13 = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES, &executable};
    VkPhysicalDeviceVulkan12Features f12 = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, &f13};
    VkPhysicalDeviceVulkan11Features f11 = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, &f12};
    VkPhysicalDeviceFeatures2 features = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &f11};
    vkGetPhysicalDeviceFeatures2(physical, &features);
    features.features.robustBufferAccess = 0;
    f13.robustImageAccess = 0;
    f12.bufferDeviceAddressCaptureReplay = 0;
    float priority = 1;
    VkDeviceQueueCreateInfo queue = {
        VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const char *extensions[] = {"VK_KHR_pipeline_executable_properties"};
    VkDeviceCreateInfo create = {VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, &features, .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue, .enabledExtensionCount = 1, .ppEnabledExtensionNames = extensions};
    VkDevice device;
    check(vkCreateDevice(physical, &create, NULL, &device), "vkCreateDevice");
    return device;
}

static VkPipelineLayout make_layout(VkDevice device, uint32_t bindings, uint32_t push) {
    VkDescriptorSetLayoutBinding list[most];
    for (uint32_t i = 0; i < bindings; i++)
        list[i] = (VkDescriptorSetLayoutBinding){
            i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
    VkDescriptorSetLayoutCreateInfo info = {
        VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = bindings, .pBindings = list};
    VkDescriptorSetLayout set;
    check(vkCreateDescriptorSetLayout(device, &info, NULL, &set), "vkCreateDescriptorSetLayout");
    VkPushConstantRange range = {VK_SHADER_STAGE_COMPUTE_BIT, 0, push};
    VkPipelineLayoutCreateInfo layout = {VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1,
        .pSetLayouts = &set, .pushConstantRangeCount = push > 0, .pPushConstantRanges = &range};
    VkPipelineLayout made;
    check(vkCreatePipelineLayout(device, &layout, NULL, &made), "vkCreatePipelineLayout");
    return made;
}

static VkPipeline make_pipeline(VkDevice device, char **arguments, int count) {
    size_t size;
    VkShaderModuleCreateInfo info = {VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
    info.pCode = read_code(arguments[1], &size);
    info.codeSize = size;
    VkShaderModule module;
    check(vkCreateShaderModule(device, &info, NULL, &module), "vkCreateShaderModule");
    VkSpecializationMapEntry entries[most];
    uint32_t values[most], used = 0;
    for (int i = 5; i < count && used < most; i++) {
        unsigned id, value;
        if (sscanf(arguments[i], "%u=%u", &id, &value) != 2) continue;
        entries[used] = (VkSpecializationMapEntry){id, 4 * used, 4};
        values[used++] = value;
    }
    VkSpecializationInfo constants = {used, entries, 4 * used, values};
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo subgroup = {
        VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO, NULL,
        (uint32_t)atoi(arguments[2])};
    VkComputePipelineCreateInfo create = {VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR
            | VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR,
        .stage = {VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, &subgroup,
            VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT, VK_SHADER_STAGE_COMPUTE_BIT, module, "main",
            &constants},
        .layout = make_layout(device, (uint32_t)atoi(arguments[3]), (uint32_t)atoi(arguments[4]))};
    VkPipeline pipeline;
    check(vkCreateComputePipelines(device, NULL, 1, &create, NULL, &pipeline), "vkCreateComputePipelines");
    return pipeline;
}

#define FUNCTION(name) PFN_##name name##_ = (PFN_##name)vkGetDeviceProcAddr(device, #name)

static void print_pipeline(VkDevice device, VkPipeline pipeline) {
    FUNCTION(vkGetPipelineExecutablePropertiesKHR);
    FUNCTION(vkGetPipelineExecutableStatisticsKHR);
    FUNCTION(vkGetPipelineExecutableInternalRepresentationsKHR);
    VkPipelineInfoKHR info = {VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, NULL, pipeline};
    VkPipelineExecutablePropertiesKHR properties = {VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
    uint32_t count = 1;
    vkGetPipelineExecutablePropertiesKHR_(device, &info, &count, &properties);
    printf("{\"subgroup\": %u, \"statistics\": {", properties.subgroupSize);

    VkPipelineExecutableInfoKHR executable = {VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, NULL, pipeline, 0};
    VkPipelineExecutableStatisticKHR statistics[most];
    for (int i = 0; i < most; i++)
        statistics[i] = (VkPipelineExecutableStatisticKHR){VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR};
    count = most;
    vkGetPipelineExecutableStatisticsKHR_(device, &executable, &count, statistics);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) fputs(", ", stdout);
        print_text(statistics[i].name);
        printf(": %llu", (unsigned long long)statistics[i].value.u64 % (1ull << 52));
    }

    count = 0;
    vkGetPipelineExecutableInternalRepresentationsKHR_(device, &executable, &count, NULL);
    VkPipelineExecutableInternalRepresentationKHR *texts = calloc(count + 1, sizeof *texts);
    for (uint32_t i = 0; i < count; i++)
        texts[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
    vkGetPipelineExecutableInternalRepresentationsKHR_(device, &executable, &count, texts);
    for (uint32_t i = 0; i < count; i++) texts[i].pData = calloc(1, texts[i].dataSize + 1);
    vkGetPipelineExecutableInternalRepresentationsKHR_(device, &executable, &count, texts);
    fputs("}, \"code\": ", stdout);
    for (uint32_t i = 0; i < count; i++) {
        if (!strstr(texts[i].name, "ssembly")) continue;
        print_text(texts[i].pData);
        break;
    }
    puts("}");
}

int main(int count, char **arguments) {
    if (count < 5) { fputs("usage: compile FILE.spv SUBGROUP BINDINGS PUSHBYTES [ID=VALUE...]\n", stderr); return 64; }
    VkDevice device = open_device();
    print_pipeline(device, make_pipeline(device, arguments, count));
    return 0;
}
