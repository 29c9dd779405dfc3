; The installer for Windows, by Inno Setup 6: `python packaging\build.py` compiles it where iscc is on the path.
; Written and held against the specification by tests; it has not been run on Windows yet.

#ifndef Version
  #error Compile with /DVersion=X.Y.Z, as build.py does
#endif

[Setup]
; Never change it: by it a later release finds the one that it replaces.
AppId={{7C4F7B0C-6C0B-4B2E-9C61-5B1E1D2A9F34}
AppName=Scram
AppVersion={#Version}
AppPublisher=Scram contributors
DefaultDirName={autopf}\Scram
DefaultGroupName=Scram
DisableProgramGroupPage=yes
; For one user without asking for rights; for all where the person chooses so.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
OutputBaseFilename=scram-{#Version}-setup
LicenseFile=..\..\LICENSE
SetupIconFile=..\..\build\made\scram.ico
UninstallDisplayIcon={app}\scram-desk.exe
Compression=lzma2
SolidCompression=yes
ChangesAssociations=yes
ChangesEnvironment=yes
WizardStyle=modern

[Tasks]
Name: "path"; Description: "Put the command scram on the path"
Name: "guardian"; Description: "Start the guardian at log-on (needs a configuration)"; Flags: unchecked

[InstallDelete]
; A part that a later release does without must not stay behind and be loaded.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\scram\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\Scram"; Filename: "{app}\scram-desk.exe"; Parameters: "open"
Name: "{group}\Scram demonstration"; Filename: "{app}\scram-desk.exe"; Parameters: "demo"

[Registry]
Root: HKA; Subkey: "Software\Classes\.scram"; ValueType: string; ValueData: "Scram.Configuration"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Scram.Configuration"; ValueType: string; ValueData: "Scram configuration"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Scram.Configuration\DefaultIcon"; ValueType: string; ValueData: "{app}\scram-desk.exe,0"
Root: HKA; Subkey: "Software\Classes\Scram.Configuration\shell\open\command"; ValueType: string; ValueData: """{app}\scram-desk.exe"" open ""%1"""
Root: HKA; Subkey: "{code:EnvironmentKey}"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: IsNotOnPath

[Run]
Filename: "{app}\scram.exe"; Parameters: "guardian install"; Flags: runhidden; Tasks: guardian
Filename: "{app}\scram-desk.exe"; Parameters: "open"; Description: "Start Scram"; Flags: nowait postinstall skipifsilent

[UninstallRun]
Filename: "{app}\scram.exe"; Parameters: "guardian remove"; Flags: runhidden; RunOnceId: "guardian"

[Code]
function EnvironmentKey(Parameter: string): string;
begin
  if IsAdminInstallMode then
    Result := 'System\CurrentControlSet\Control\Session Manager\Environment'
  else
    Result := 'Environment';
end;

function IsNotOnPath: Boolean;
var
  Known: string;
begin
  if not RegQueryStringValue(HKA, EnvironmentKey(''), 'Path', Known) then
    Known := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Known) + ';') = 0;
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Known: string;
  Found: Integer;
begin
  if Step <> usPostUninstall then
    exit;
  if RegQueryStringValue(HKA, EnvironmentKey(''), 'Path', Known) then
  begin
    Found := Pos(';' + Uppercase(ExpandConstant('{app}')), Uppercase(Known));
    if Found > 0 then
    begin
      Delete(Known, Found, Length(ExpandConstant('{app}')) + 1);
      RegWriteExpandStringValue(HKA, EnvironmentKey(''), 'Path', Known);
    end;
  end;
end;
