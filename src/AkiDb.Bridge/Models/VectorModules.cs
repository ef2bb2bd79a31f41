namespace AkiDb.Bridge.Models;

/// <summary>Reads the modules behind the pooling.</summary>
internal static class VectorModules
{
    /// <summary>The modules, and whether a vector is normalised at the end, which the host does.</summary>
    /// <param name="modules">What <c>modules.json</c> says; null where there is none.</param>
    /// <param name="size">The components of a pooled vector.</param>
    /// <param name="content">The model's files.</param>
    /// <param name="tensors">Where the modules' tensors are added.</param>
    public static (IReadOnlyList<VectorModule> Modules, bool Normalize) Read(
        ModuleList? modules, int size, SealedFiles content, Dictionary<string, TensorEntry> tensors)
    {
        var list = new List<VectorModule>();
        foreach (var (name, folder) in modules?.Behind ?? [])
        {
            var module = ReadModule(name, folder, size, content, tensors);
            list.Add(module);
            size = module.Outputs;
        }

        var normalize = list.Count > 0 && list[^1] is NormalizeModule;
        while (list.Count > 0 && list[^1] is NormalizeModule)
        {
            list.RemoveAt(list.Count - 1);
        }

        return (list, normalize);
    }

    private static VectorModule ReadModule(string name, string folder, int size, SealedFiles content, Dictionary<string, TensorEntry> tensors)
    {
        if (name == ModulesFile.Normalize)
        {
            NormalizeConfig.Check(folder);
            return new NormalizeModule(size);
        }

        var config = JsonFile.ReadObject(Path.Combine(folder, "config.json"));
        var (files, found) = WeightFiles.Read(folder, content);
        if (files.Count > 1)
        {
            throw BadModel.Foreign(folder, "the weights of a module are in several files; accepted is model.safetensors.");
        }

        VectorModule module = name == ModulesFile.Dense ? ReadDense(config, files[0], size) : ReadLayerNorm(config, files[0], size);
        foreach (var needed in module.Tensors)
        {
            WeightsCheck.CheckTensor(files[0], needed.Name, needed.Shape, found);
            tensors[module.NameOf(needed.Name)] = found[needed.Name];
        }

        return module;
    }

    private static DenseModule ReadDense(JsonMembers config, string file, int size)
    {
        config.ExpectOnly("in_features", "out_features", "bias", "activation_function", "module_input_name", "module_output_name", "use_residual");
        config.Expect("module_input_name", "sentence_embedding");
        config.Expect("module_output_name", "sentence_embedding");
        config.Expect("use_residual", false);
        return config.Count("in_features") == size
            ? new(file, size, config.Count("out_features"), config.Flag("bias") ?? true, Activations.ReadModule(config, "activation_function"))
            : throw config.Wrong("in_features", $"what comes before it gives, {size}");
    }

    private static LayerNormModule ReadLayerNorm(JsonMembers config, string file, int size)
    {
        config.ExpectOnly("dimension");
        return config.Count("dimension") == size ? new(file, size) : throw config.Wrong("dimension", $"what comes before it gives, {size}");
    }
}
