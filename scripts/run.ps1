# Does on Windows what scripts/run does: sets up what is missing, builds what has changed, and serves. It was written with care, but it has not been run on Windows.
#
#   scripts\run.ps1 --port 8081
#
# Needs the .NET 10 SDK. Without a Python that has torch, numpy and msgpack the in-process engine answers alone.
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot
$setup = Join-Path $root '.setup'
$folder = Join-Path $root 'artifacts\akidb-bridge'
$program = Join-Path $folder 'akidb-bridge.exe'
$env:DOTNET_NOLOGO = '1'
if (-not $env:DOTNET_CLI_TELEMETRY_OPTOUT) { $env:DOTNET_CLI_TELEMETRY_OPTOUT = '1' }
New-Item -ItemType Directory -Force $setup | Out-Null

function Say([string] $text) { [Console]::Error.WriteLine("run: $text") }

# Runs a program, its output to a file; true when it succeeds. What it says on standard error is no error of this script.
function Invoke-Quietly([string] $log, [string] $command, [string[]] $arguments) {
    $ErrorActionPreference = 'Continue'
    & $command @arguments *> $log
    return $LASTEXITCODE -eq 0
}

function Assert-Sdk {
    $sdks = if (Get-Command dotnet -ErrorAction SilentlyContinue) { dotnet --list-sdks } else { @() }
    if (-not ($sdks -match '^10\.')) {
        Say "The .NET 10 SDK is missing: 'dotnet' knows $(if ($sdks) { $sdks -join ', ' } else { 'no SDK at all' }). Install it with: winget install Microsoft.DotNet.SDK.10"
        exit 1
    }
}

# Who names a Python, or an engine that needs none, gets no Python installed.
function Test-NeedsPython([string[]] $switches) {
    if ($env:AKIDB_EMBEDDING_PYTHON_PATH -or $env:AKIDB_BRIDGE__WORKER__PYTHONPATH) { return $false }
    $provider = if ($env:AKIDB_BRIDGE__PROVIDER) { $env:AKIDB_BRIDGE__PROVIDER } else { $env:AKIDB_EMBEDDING_PROVIDER }
    if ($provider -in 'onnx', 'mock') { return $false }
    return -not ("$switches " -match '--python[ =]|--provider[ =](onnx|mock) |--help |-h |-\? ')
}

function Test-Packages([string] $python) {
    $look = 'import importlib.util as u, sys; sys.exit(sys.version_info < (3, 10) or not all(u.find_spec(m) for m in ("torch", "numpy", "msgpack")))'
    return Invoke-Quietly (Join-Path $setup 'python.log') $python @('-c', $look)
}

function Get-Candidates {
    if ($env:VIRTUAL_ENV) { Join-Path $env:VIRTUAL_ENV 'Scripts\python.exe' }
    Join-Path $root '.venv\Scripts\python.exe'
    Get-Command python -All -ErrorAction SilentlyContinue | Where-Object { $_.Source -notlike '*\WindowsApps\*' } | ForEach-Object { $_.Source }
}

# The first Python that has the packages, else an environment of the repository's own, into which they are installed.
function Find-Python {
    $candidates = @(Get-Candidates | Where-Object { Test-Path $_ })
    foreach ($candidate in $candidates) { if (Test-Packages $candidate) { return $candidate } }
    $failed = Join-Path $setup 'no-python'
    if (Test-Path $failed) {
        Say "Warning: no Python here has torch, numpy and msgpack, and installing them failed before: there will be no workers. Delete $failed to try again."
        return $null
    }
    $own = Join-Path $root '.venv\Scripts\python.exe'
    $log = Join-Path $setup 'pip.log'
    foreach ($candidate in $candidates) {
        if (-not (Test-Path $own)) { [void](Invoke-Quietly (Join-Path $setup 'venv.log') $candidate @('-m', 'venv', (Join-Path $root '.venv'))) }
    }
    if (Test-Path $own) {
        Say 'No Python here has torch, numpy and msgpack: installing requirements.txt into .venv. PyTorch is large; this can take minutes.'
        if ((Invoke-Quietly $log $own @('-m', 'pip', 'install', '--retries', '1', '--timeout', '20', '-r', (Join-Path $root 'requirements.txt'))) -and (Test-Packages $own)) { return $own }
    }
    New-Item -ItemType File -Force $failed | Out-Null
    Say "Warning: there will be no workers; the in-process engine answers alone. To change that, install the packages of requirements.txt into any Python from 3.10 on."
    return $null
}

# Every source file with its size and time: what a build depends on.
function Get-Sources {
    Get-ChildItem -Recurse -File (Join-Path $root 'src'), (Join-Path $root 'python') |
        Where-Object { $_.FullName -notmatch '\\(bin|obj|__pycache__)\\' } |
        ForEach-Object { "$($_.FullName) $($_.Length) $($_.LastWriteTimeUtc.Ticks)" }
}

function Update-Program {
    $built = Join-Path $setup 'built'
    $sources = (Get-Sources) -join "`n"
    if ((Test-Path $program) -and (Test-Path $built) -and ([IO.File]::ReadAllText($built) -ceq $sources)) { return }
    Say 'Building, because the sources are new or have changed.'
    Remove-Item -ErrorAction SilentlyContinue $built
    $log = Join-Path $setup 'build.log'
    $publish = @('publish', (Join-Path $root 'src\AkiDb.Bridge.Host'), '--configuration', 'Release', '--use-current-runtime', '--no-self-contained', '--output', $folder,
        '--nologo', '--verbosity', 'quiet', '-p:PublishAot=false', '-p:PublishReadyToRun=true')
    if (-not (Invoke-Quietly $log 'dotnet' $publish)) {
        Get-Content $log | ForEach-Object { [Console]::Error.WriteLine($_) }
        Say 'The build failed.'
        exit 1
    }
    [IO.File]::WriteAllText($built, $sources)
}

Assert-Sdk
if (Test-NeedsPython $args) {
    $python = Find-Python
    if ($python) { $env:AKIDB_EMBEDDING_PYTHON_PATH = $python }
}
Update-Program
& $program serve @args
exit $LASTEXITCODE
