; The Windows uninstaller offers to give coding agents back to their own settings (electron-builder.yml: nsis.include). It asks a person only:
; a silent uninstall and an update, which runs the old version's uninstaller, change no file.
!macro customUnInstall
  ${ifNot} ${isUpdated}
  ${andIfNot} ${Silent}
    ReadEnvStr $R8 "DRAGOMAN_HOME"
    ${if} $R8 == ""
      ReadEnvStr $R8 "APPDATA"
      StrCpy $R8 "$R8\Dragoman"
    ${endIf}
    ; Only what is set up, or was and is remembered, has a scope.
    nsExec::Exec '"$SYSDIR\findstr.exe" /M /C:scope "$R8\agents.json"'
    Pop $R9
    ${if} $R9 == "0"
      MessageBox MB_YESNO|MB_ICONQUESTION "Coding agents on this computer are set up to use Dragoman and reach no model without it.$\r$\n$\r$\nGive them back to their own settings? Only what Dragoman wrote into their files is taken out; copies from before are in $R8\backups." /SD IDNO IDNO dragomanKeeps
      nsExec::ExecToLog '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" undo --all'
      Pop $R9
      ${if} $R9 != "0"
        MessageBox MB_OK|MB_ICONEXCLAMATION "Not every agent was given back. Its file may be open or broken; copies of all files from before are in $R8\backups." /SD IDOK
      ${endIf}
      dragomanKeeps:
    ${endIf}
  ${endIf}
!macroend
